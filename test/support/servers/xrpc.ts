/** What a server answered, untouched: no SDK stands between it and the assertion. */
export interface XrpcAnswer<Body> {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body, or undefined if it was not JSON */
  json: Body | undefined;
}

export interface XrpcRequest {
  params?: Record<string, string | number | boolean | readonly string[]>;
  /** Makes it a POST. Objects are sent as JSON, bytes as they are */
  body?: object;
  token?: string;
  headers?: Record<string, string>;
  method?: "GET" | "POST";
  signal?: AbortSignal;
}

/** One request with plain fetch. `server` is a base URL; `Body` is what the caller expects of the answer, unchecked. */
export async function xrpc<Body = { error?: string; message?: string }>(
  server: string,
  nsid: string,
  request: XrpcRequest = {},
): Promise<XrpcAnswer<Body>> {
  const { params = {}, body, token, headers, signal } = request;
  const url = new URL(`/xrpc/${nsid}`, server);
  for (const [name, value] of Object.entries(params)) {
    for (const item of typeof value === "object" ? value : [value]) url.searchParams.append(name, String(item));
  }
  const bytes = body instanceof Uint8Array;
  const response = await fetch(url, {
    method: request.method ?? (body ? "POST" : "GET"),
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { "content-type": bytes ? "application/octet-stream" : "application/json" } : {}),
      ...headers,
    },
    ...(body ? { body: bytes ? new Uint8Array(body) : JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  let json: Body | undefined;
  try {
    json = JSON.parse(text);
  } catch {
    // Gateways and broken servers answer with HTML or half a body; `text` has it.
  }
  return { status: response.status, headers: response.headers, text, json };
}
