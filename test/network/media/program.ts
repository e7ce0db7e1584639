// A program that uploads a video in parts, to be killed in the middle: settings as JSON in PROGRAM. It prints the job and the blob.
import { Client, type ClientOptions } from "../../../src/index.ts";
import { hastyClock } from "./hasty-clock.ts";

export interface ProgramSettings {
  readonly options: ClientOptions;
  readonly path: string;
}

const { options, path } = JSON.parse(process.env["PROGRAM"] ?? "{}") as ProgramSettings;
const client = new Client({ ...options, clock: hastyClock(), logLevel: "silent" });
const { jobId, blob } = await client.uploadVideo(path, { multipart: true });
process.stdout.write(JSON.stringify({ jobId, blob }));
await client.close();
process.exit();
