/** https://atproto.com/specs/handle */
const handleSyntax = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

export const isHandle = (text: string): boolean => text.length <= 253 && handleSyntax.test(text);

/** https://atproto.com/specs/did */
export const isDid = (text: string): boolean => /^did:[a-z]+:[\w.:%-]*[\w.-]$/.test(text);

/** Whether a post can link there: http or https with a host, as the lexicon's format `uri` wants it. */
export const isWebAddress = (uri: string): boolean => /^https?:\/\/[^\s/]\S*$/i.test(uri) && URL.canParse(uri);
