/**
 * The types of the records of your own lexicons, by their collections. Code that skylex-codegen makes of them adds its own, so that
 * `op.collection === "com.example.walk"` narrows in the streams of a client. Without generated code, say it yourself:
 *
 * @example
 * declare module "skylex/runtime" {
 *   interface CustomRecords {
 *     "com.example.walk": { readonly place: string };
 *   }
 * }
 */
// eslint-disable-next-line typescript/no-empty-object-type
export interface CustomRecords {}

/** The records that a stream knows: the official ones, and those of your own. */
export type KnownRecords<Records> = Records & Omit<CustomRecords, keyof Records>;
