import { decode } from "fast-png";
import jsQR from "jsqr";
import { expect, it } from "vitest";
import { newTotpSecret, totpUri } from "../../../../shared/auth/mfa/totp.ts";
import { drawQr } from "../../../../workers/auth/mfa/qr.ts";

/** What a camera would see: grey values as RGBA. */
function seen(width: number, isDark: (x: number, y: number) => boolean): string | undefined {
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (let y = 0; y < width; y += 1)
    for (let x = 0; x < width; x += 1)
      if (isDark(x, y)) pixels.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
  return jsQR(pixels, width, width)?.data;
}

/** Paints the squares of an SVG that has nothing but a white ground and black squares. */
function paint(svg: string): string | undefined {
  const [, side = "0"] = /viewBox="0 0 (\d+) \1"/.exec(svg) ?? [];
  const [, path = ""] = /<path fill="black" d="([^"]*)"/.exec(svg) ?? [];
  const dark = new Set<string>();
  const rest = path.replaceAll(/M(\d+),(\d+)h(\d+)v(\d+)h-\3z/g, (_square, x, y, wide, high) => {
    for (let dy = 0; dy < Number(high); dy += 1)
      for (let dx = 0; dx < Number(wide); dx += 1) dark.add(`${Number(x) + dx},${Number(y) + dy}`);
    return "";
  });
  expect(rest).toBe("");
  return seen(Number(side), (x, y) => dark.has(`${x},${y}`));
}

function look(png: string): string | undefined {
  const [, base64 = ""] = /^data:image\/png;base64,(.+)$/.exec(png) ?? [];
  const image = decode(Buffer.from(base64, "base64"), { checkCrc: true });
  expect([image.height, image.channels, image.depth]).toEqual([image.width, 1, 8]);
  return seen(image.width, (x, y) => image.data[y * image.width + x] === 0);
}

it.each(["ann@example.org", `${"long.".repeat(50)}@example.org`, "ünï+code@exämple.org"])(
  "draws what another reader reads as the same address, as PNG and as SVG: %s",
  (account) => {
    const uri = totpUri(account, newTotpSecret());
    const { qr_png, qr_svg } = drawQr(uri);
    expect(look(qr_png)).toBe(uri);
    expect(paint(qr_svg)).toBe(uri);
  },
);
