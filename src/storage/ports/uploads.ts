/** What an upload is of: the same file of the same account is taken up again. */
export interface UploadKey {
  readonly did: string;
  /** SHA-256 of the bytes that are sent, as hex */
  readonly contentHash: string;
  /** Bytes */
  readonly size: number;
}

/** An upload in parts that the service has begun. Which parts it has, it knows best itself. */
export interface UploadSession {
  readonly jobId: string;
  /** Bytes of each part but the last */
  readonly partSize: number;
  readonly partCount: number;
  /** When the service forgets it */
  readonly expiresAt: number;
}

export interface UploadRow extends UploadKey, UploadSession {
  readonly id: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Uploads in parts that have not ended, so that another process can go on with one. One row per {@link UploadKey}. */
export interface UploadStore {
  /** `undefined` also when the service will have forgotten it. */
  get(key: UploadKey): Promise<UploadRow | undefined>;
  /** Stores a session in place of the one before it, and drops all that have expired. */
  save(key: UploadKey, session: UploadSession): Promise<void>;
  /** Only if it is still that job's. False if it is not. */
  delete(key: UploadKey, jobId: string): Promise<boolean>;
}
