import { text, viewOf } from "./pieces.ts";
import { isWellKnown } from "./profile-text.ts";

/**
 * Tags that describe colour and nothing else. Others go: Apple's `mmod`, for instance, holds the serial number of a display.
 * Signatures: section 9.2 of the ICC specification, https://www.color.org/specification/ICC.1-2022-05.pdf
 */
const harmless = new Set(
  (
    "A2B0 A2B1 A2B2 B2A0 B2A1 B2A2 B2D0 B2D1 B2D2 B2D3 D2B0 D2B1 D2B2 D2B3 aabg aarg aagg bXYZ bTRC bkpt chad chrm cicp " +
    "clro clrt cprt desc gXYZ gTRC gamt kTRC lumi meas pre0 pre1 pre2 rXYZ rTRC rig0 rig2 tech view vued wtpt dmnd dmdd"
  ).split(" "),
);

/** Bytes of a profile; those of cameras and of the usual wide gamuts have at most a few thousand */
const LONGEST = 65_536;

/** Why a picture with another kind of profile is not sent as it is */
export const UNFIT_PROFILE = "its colour profile says more than colours";

/** Whether a colour profile says nothing but what the colours mean. */
export function isHarmlessProfile(profile: Uint8Array): boolean {
  if (profile.length < 132 || profile.length > LONGEST || text(profile, 36, 40) !== "acsp") return false;
  const view = viewOf(profile);
  const count = view.getUint32(128);
  if (132 + count * 12 > profile.length) return false;
  return Array.from({ length: count }, (_, tag) => 132 + tag * 12).every((at) => {
    const tag = text(profile, at, at + 4).trim();
    const [begin, length] = [view.getUint32(at + 4), view.getUint32(at + 8)];
    return harmless.has(tag) && isWellKnown(tag, profile.subarray(begin, begin + length));
  });
}
