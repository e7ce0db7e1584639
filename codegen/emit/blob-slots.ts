import type { BlobSlotModel } from "../model.ts";
import { newWriter, writeHead } from "./writer.ts";

/** The places for blobs that say what they take: data for whoever makes files fit. */
export function blobSlotsText(slots: readonly BlobSlotModel[], runtime: string): string {
  const writer = newWriter();
  writeHead(writer, "the lexicons", [{ names: ["BlobSlot"], from: runtime, isType: true }]);
  writer.writeLine("/** Places for blobs, each by its document, definition and property. */");
  writer.write("export interface BlobSlots").block(() => {
    for (const { path } of slots) writer.writeLine(`readonly ${JSON.stringify(path)}: BlobSlot;`);
  });
  writer.blankLine();
  writer.write("export const blobSlots: BlobSlots = ").inlineBlock(() => {
    for (const { path, accept, maxSize } of slots) {
      const facts = [
        ...(accept === undefined ? [] : [`accept: [${accept.map((type) => JSON.stringify(type)).join(", ")}]`]),
        ...(maxSize === undefined ? [] : [`maxSize: ${maxSize}`]),
      ];
      writer.writeLine(`${JSON.stringify(path)}: { ${facts.join(", ")} },`);
    }
  });
  writer.write(";").newLine();
  return writer.toString();
}
