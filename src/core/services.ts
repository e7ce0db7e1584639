/** Serves `app.bsky.*` reads to anyone: https://docs.bsky.app/docs/advanced-guides/api-directory */
export const publicAppView = "https://public.api.bsky.app";

/** Where accounts of Bluesky's own hosts log in: https://docs.bsky.app/docs/advanced-guides/entryway */
export const entryway = "https://bsky.social";
