/** Numbers with their units, as the plots and the watch of the notebook write them. */

import { grouped } from '../common/words';

const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1.5 MiB`, `42 %`, `3.1 s`, `12,780 /s`; `–` for what is not known. */
export function amount(value: number | null | undefined, unit: string): string {
  if (value == null || !Number.isFinite(value)) {
    return '–';
  }
  switch (unit) {
    case '%':
      return `${digits(value * 100, 2)} %`;
    case 's':
      return duration(value);
    case 'B':
      return bytes(value);
    default:
      return unit ? `${short(value)} ${unit}` : short(value);
  }
}

/** `512 B`, `23.4 MiB`, by powers of 1,024. */
export function bytes(value: number): string {
  let size = Math.abs(value);
  let power = 0;
  while (size >= 1024 && power < BYTES.length - 1) {
    size /= 1024;
    power += 1;
  }
  return `${value < 0 ? '−' : ''}${digits(size, 3)} ${BYTES[power]}`;
}

/** `4 ms`, `0.42 s`, `42 s`, `2 min 5 s`, `3 h 12 min`, `4 d 3 h`: at most two units, without zeros. */
export function duration(seconds: number): string {
  if (seconds <= 0) {
    return '0 s';
  }
  if (seconds < 0.1) {
    return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  }
  if (seconds < 9.95) {
    return `${digits(seconds, 2)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  }
  const minutes = Math.floor(whole / 60);
  if (minutes < 60 * 24) {
    return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  }
  const hours = Math.floor(minutes / 60);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return `${grouped(large)} ${largeUnit}` + (small ? ` ${small} ${smallUnit}` : '');
}

function short(value: number): string {
  return Math.abs(value) >= 1000 ? grouped(Math.round(value)) : digits(value, 3);
}

/** At least all digits before the point, at most `most` that tell something. */
function digits(value: number, most: number): string {
  return String(
    Math.abs(value) >= 10 ** (most - 1) ? Math.round(value) : Number(value.toPrecision(most))
  );
}
