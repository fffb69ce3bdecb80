import { encode as encodePng } from "fast-png";
import { encode as encodeQr, renderSVG } from "uqr";

/** Level M survives a smudged screen; four modules of quiet zone are what the standard asks for (ISO 18004). */
const QR = { ecc: "M", border: 4 } as const;
const PIXELS_PER_MODULE = 6;
const BLACK = 0;
const WHITE = 255;

export interface QrImages {
  /** An SVG document. */
  qr_svg: string;
  /** A PNG as a `data:` address. */
  qr_png: string;
}

/** The QR code of `text`, as both kinds of image. */
export function drawQr(text: string): QrImages {
  return { qr_svg: renderSVG(text, QR), qr_png: toPng(encodeQr(text, QR).data) };
}

function toPng(modules: boolean[][]): string {
  const width = modules.length * PIXELS_PER_MODULE;
  const data = new Uint8Array(width * width);
  for (let pixel = 0; pixel < data.length; pixel += 1) {
    const row = Math.floor(pixel / width / PIXELS_PER_MODULE);
    const column = Math.floor((pixel % width) / PIXELS_PER_MODULE);
    data[pixel] = modules[row]?.[column] ? BLACK : WHITE;
  }
  const png = encodePng({ width, height: width, data, channels: 1, depth: 8 });
  return `data:image/png;base64,${btoa(String.fromCharCode(...png))}`;
}
