/** Where a host's own settings come from; what is absent comes from the environment, the file, or the defaults. */
export interface HostOptions {
  /** Path of the configuration file. */
  readonly configFile?: string
  readonly dataDir?: string
  /** Path of the API's socket. */
  readonly socket?: string
}

export interface BootstrapOptions extends HostOptions {
  readonly name: string
  /** IP address other hosts reach this one at. */
  readonly advertise?: string
  /** The same on its second network. */
  readonly secondaryAddress?: string
}

export interface BootstrapResult {
  readonly id: string
  readonly name: string
  /** Shown once, to be kept by the user. */
  readonly adminCode?: string
  /** What a browser opens; answers once the agent runs. */
  readonly url?: string
  /** SHA-256 of the certificate the browser must show there. */
  readonly fingerprint?: string
  /** The first join token, for the next host. */
  readonly token?: string
}

export interface JoinOptions extends BootstrapOptions {
  readonly token: string
}

export interface JoinResult {
  readonly id: string
  readonly name: string
  readonly overlayAddress: string
}

/** What the command line cannot do over the API. Each is loaded only when it is called. */
export interface CliActions {
  /** The agent in the foreground, until it is told to end. */
  run(options: HostOptions): Promise<void>
  bootstrap(options: BootstrapOptions): Promise<BootstrapResult>
  join(options: JoinOptions): Promise<JoinResult>
}
