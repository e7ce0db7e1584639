/** What a video is, by its own headers. */
export interface VideoProbe {
  /** `mp4`, `mov`, `3gp`, `webm`, `matroska`, `avi`, `gif` … */
  readonly container: string;
  /** Of the picture, as ffprobe names it: `h264`, `hevc`, `vp9` …; absent without one, or where it could not be told */
  readonly videoCodec: string | undefined;
  /** Of the sound: `aac`, `opus` …; absent in a silent video, or where it could not be told */
  readonly audioCodec: string | undefined;
  /** Pixels of the upright picture, with the shape of its pixels counted in; 0 if unknown */
  readonly width: number;
  /** See `width` */
  readonly height: number;
  /** Degrees clockwise by which the stored picture is turned to stand upright */
  readonly rotation: 0 | 90 | 180 | 270;
  /** Seconds; absent if nothing says */
  readonly duration: number | undefined;
  /** Bytes */
  readonly size: number;
  /** MP4 in fragments */
  readonly fragmented: boolean;
  /** The headers of an MP4 come before its media */
  readonly fastStart: boolean;
  /** Metadata that is taken out before the video is sent names a place. Only MP4 is searched */
  readonly location: boolean;
}
