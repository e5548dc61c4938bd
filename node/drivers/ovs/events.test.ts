import { expect, test } from 'vitest'
import { switchSources } from './events.ts'

const tells = (name: string, line: string): boolean | undefined => {
  const source = switchSources().find((source) => source.name === name)
  return source?.type === 'stream' ? source.tells(line, []) : undefined
}

// Printed by ovsdb-client and ovs-ofctl 3.1; names are ours but for eth9.
test.each([
  [
    'ovs-port',
    'another tag',
    '{"data":[["fc58b9fd","old",null,5,null],["","new","skn0123456789ab",6,["map",[]]]],"headings":["row","action","name","tag","external_ids"]}',
    true,
  ],
  [
    'ovs-port',
    'the bridge is deleted',
    '{"data":[["c99f191e","delete","skein0",["set",[]],["map",[]]]],"headings":["row","action","name","tag","external_ids"]}',
    true,
  ],
  [
    'ovs-bridge',
    'another fail mode',
    '{"data":[["8a5a81db","old",null,null,null,"standalone"],["","new","skein0","netdev",["map",[]],"secure"]],"headings":["row","action","name","datapath_type","external_ids","fail_mode"]}',
    true,
  ],
  [
    'ovs-bridge',
    'somebody else’s bridge',
    '{"data":[["8a5a81db","insert","br-user","",["map",[]],["set",[]]]],"headings":["row","action","name","datapath_type","external_ids","fail_mode"]}',
    false,
  ],
  [
    'ovs-port',
    'somebody else’s port',
    '{"data":[["fc58b9fd","insert","eth9",6,["map",[]]]],"headings":["row","action","name","tag","external_ids"]}',
    false,
  ],
  [
    'ovs-interface',
    'a port is deleted',
    '{"data":[["8a5a81db","delete","skv0123456789ab",2,["set",[]],9]],"headings":["row","action","name","ofport","error","ifindex"]}',
    true,
  ],
  ['ovs-flows', 'a flow goes', ' event=DELETED reason=delete table=0 cookie=0 actions=NORMAL', true],
  ['ovs-flows', 'the answer to the question', 'NXST_FLOW_MONITOR reply (xid=0x6):', false],
])('%s, %s', (name, _what, line, isTold) => expect(tells(name, line)).toBe(isTold))
