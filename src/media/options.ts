/** How media is read for a client. */
export interface MediaOptions {
  /**
   * URLs may lead to loopback, private and other addresses that are not public. Default false: whoever chooses a URL could
   * otherwise look into the network that the program runs in
   */
  readonly allowPrivateAddresses?: boolean | undefined;
  /** Milliseconds a download may take. Default 60,000 */
  readonly downloadTimeout?: number | undefined;
}
