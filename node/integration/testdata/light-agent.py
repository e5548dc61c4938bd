"""A machine that measures for a mesh, written from the orchestrator's document: headers, paths, states. Prints JSON."""
import json, ssl, subprocess, sys, time, urllib.error, urllib.request, uuid

TLS = ssl.create_default_context(cafile="/var/lib/skein/identity/ca.crt")
TLS.check_hostname = False


def call(base, path, name, key, body=None, version="1", idem=None):
    headers = {"Content-Type": "application/json", "Idempotency-Key": idem or str(uuid.uuid4())}
    for header, value in (("X-AGENT-NAME", name), ("X-AGENT-KEY", key), ("X-API-Version", version)):
        if value is not None:
            headers[header] = value
    request = urllib.request.Request(base + path, json.dumps(body or {}).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, context=TLS, timeout=20) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def refusals(base, name, key):
    beat = "/v1/agent/heartbeat"
    wrong = call(base, beat, name, "x" * 40)
    call(base, "/v1/agent/register", name, key)
    return {
        "version": call(base, beat, name, key, version="2")[0],
        "noVersion": call(base, beat, name, key, version=None)[0],
        "wrongKey": wrong[0],
        "noKey": call(base, beat, name, None)[0],
        "unknown": call(base, beat, "nobody", key)[0],
        "otherTask": call(base, "/v1/agent/tasks/999999/started", name, key)[0],
        "shape": sorted(word for word in wrong[1] if word in ("error", "message", "details")),
    }


def server(base, name, key, task):
    process = subprocess.Popen(
        ["iperf3", "-s", "-1", "-p", str(task["port"]), "--forceflush"], stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if "listening" in line:
            break
    call(base, f"/v1/agent/tasks/{task['id']}/started", name, key)
    process.wait(60)
    return {"state": "succeeded"}


def client(base, name, key, task):
    call(base, f"/v1/agent/tasks/{task['id']}/started", name, key)
    argv = ["iperf3", "-J", "-c", task["address"], "-p", str(task["port"]), "-t", str(task["params"]["timeS"])]
    output = json.loads(subprocess.run(argv, capture_output=True, text=True, timeout=60).stdout)
    return {"state": "failed" if "error" in output else "succeeded", "output": output}


def work(base, name, key, address):
    register = str(uuid.uuid4())
    again = [call(base, "/v1/agent/register", name, key, {"address": address}, idem=register)[0] for _ in range(2)]
    states, late, end = [], 0, time.monotonic() + 90
    beat = 0
    while len(states) < 2 and time.monotonic() < end:
        if time.monotonic() - beat > 5:
            beat = time.monotonic()
            call(base, "/v1/agent/heartbeat", name, key)
        status, task = call(base, "/v1/agent/tasks/claim", name, key)
        if status != 200 or not task:
            time.sleep(0.3)
            continue
        outcome = (server if task["role"] == "server" else client)(base, name, key, task)
        once, path = str(uuid.uuid4()), f"/v1/agent/tasks/{task['id']}/result"
        answers = [call(base, path, name, key, outcome, idem=once) for _ in range(2)]
        again += [answer[0] for answer in answers]
        states.append(f"{task['role']} {answers[0][1].get('state')}")
        late = call(base, path, name, key, outcome)[0]
    return {"states": states, "again": again, "late": late}


print(json.dumps({"refusals": refusals, "work": work}[sys.argv[1]](*sys.argv[2:])))
