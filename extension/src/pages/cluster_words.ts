/** What the page of a cluster says, from what the server told. */

import { bytes } from './amounts';
import type { IProcess } from './documents';
import { grouped } from '../common/words';

interface ISlots {
  total: number;
  free: number;
}

/** `3 of 8`; nothing of a process without slots. */
export function slotFigures(slots: ISlots | null): string {
  return slots ? `${grouped(slots.total - slots.free)} of ${grouped(slots.total)}` : '';
}

/** `3 of 8 slots in use`. */
export function slotWords(slots: ISlots | null): string {
  return slots ? `${slotFigures(slots)} slots in use` : 'slots not known';
}

/** `orders ×4, other`: which job uses how many of a process's slots. */
export function usersOf(process: Pick<IProcess, 'jobs'>): string {
  return process.jobs.map(each => each.name + (each.slots > 1 ? ` ×${each.slots}` : '')).join(', ');
}

/** `+1.2 MiB/h`; `–` before ten minutes of values are there. */
export function growthWords(process: Pick<IProcess, 'growth'>): string {
  const { growth } = process;
  if (growth === null) {
    return '–';
  }
  return `${growth < 0 ? '−' : '+'}${bytes(Math.abs(growth))}/h`;
}
