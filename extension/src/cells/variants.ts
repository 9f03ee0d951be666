/** The text of a Flink cell as other commands run it: judged, explained, promoted. The SQL below stays as it is. */

import { HEAD_LENGTH, headOf } from '../language/head';
import { flagsIn, hasFlag, valueOf, withFlag, withoutFlags } from './magic_line';

/** What the flags of one of these lines exclude, as `%%flinksql` refuses them together. */
const NOT_RUN = ['--explain', '--preview', '--check', '--catalog', '--save'];
const OF_A_RECORD = ['--tag', '--note'];
const OF_A_JOB = ['--job', '--pool', '--start', '--ignore', '--state', '--no-wait'];
const OF_A_QUERY = [
  '--output',
  '--mode',
  '--limit',
  '--rows-kept',
  '--detach',
  '--name',
  '--from-savepoint'
];

/** What is asked for when a cell is promoted. `cluster`: empty for the default one. */
export interface IPromotion {
  name: string;
  cluster: string;
  start: boolean;
}

/** Whether a cell's text, or its beginning, is one of Flink SQL. */
export function isFlink(source: string): boolean {
  return headOf(source.slice(0, HEAD_LENGTH)) !== null;
}

/** The magic's line; empty in a cell that is none of Flink SQL. */
export function magicLine(source: string): string {
  const head = headOf(source);
  return head === null ? '' : source.slice(head.from, head.to);
}

/** How many lines stand before the one of the magic. */
export function linesBefore(source: string): number {
  const head = headOf(source.slice(0, HEAD_LENGTH));
  return head === null ? 0 : source.slice(0, head.from).split('\n').length - 1;
}

/** The name of the managed job that the cell is; empty when it is none. */
export function jobOf(source: string): string {
  return valueOf(magicLine(source), '--job') ?? '';
}

/** The environment that the cell itself names, empty when it names none. */
export function environmentOf(source: string): string {
  return valueOf(magicLine(source), '--env') ?? '';
}

/** The cell that only judges; of a managed job, as a job. */
export function checked(source: string): string {
  return changed(source, line => {
    const isJob = hasFlag(line, '--job');
    const others = [...NOT_RUN, '--start', ...(isJob ? [] : OF_A_RECORD)];
    return withFlag(withoutFlags(line, others), '--check');
  });
}

/** The cell that shows plans; of a managed job, those of its statements. */
export function explained(source: string): string {
  const others = [...NOT_RUN, ...OF_A_JOB, ...OF_A_RECORD];
  return changed(source, line => withFlag(withoutFlags(line, others), '--explain'));
}

/** The cell as the managed job that is asked for. */
export function promoted(source: string, wanted: IPromotion): string {
  return changed(source, line => {
    let text = withoutFlags(line, inTheWay(line));
    if (wanted.start) {
      text = withFlag(text, '--start');
    } else {
      text = withoutFlags(text, ['--start']);
    }
    if (wanted.cluster !== '') {
      text = withFlag(text, '--cluster', wanted.cluster);
    }
    return withFlag(text, '--job', wanted.name);
  });
}

/** The flags of a cell that a managed job cannot have: a promotion takes them out. */
export function lostFlags(source: string): string[] {
  return inTheWay(magicLine(source));
}

function inTheWay(line: string): string[] {
  const others = new Set(['--check', '--explain', '--preview', '--catalog', ...OF_A_QUERY]);
  const found = flagsIn(line).map(flag => flag.name);
  return [...new Set(found.filter(name => others.has(name)))];
}

function changed(source: string, change: (line: string) => string): string {
  const head = headOf(source);
  if (head === null) {
    return source;
  }
  return (
    source.slice(0, head.from) + change(source.slice(head.from, head.to)) + source.slice(head.to)
  );
}
