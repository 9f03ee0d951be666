/**
 * The line of a magic taken apart as flinklab's own parser does it: flags with their values, the result's name, words.
 *
 * Nothing is refused here. What flinklab would refuse is called `unknown`.
 */

import { cellFlags, Flags, subcommands } from './flags';

export type SpanKind =
  | 'magic'
  | 'output'
  | 'operator'
  | 'flag'
  | 'key'
  | 'number'
  | 'value'
  | 'subcommand'
  | 'word'
  | 'unknown'
  | 'sql';

/** Offsets in the line. */
export interface ISpan {
  from: number;
  to: number;
  kind: SpanKind;
}

const MAGIC = /%%?\w+/y;
const ROOM = /\s*/y;
const WORD = /(?:[^\s'"]+|'[^']*'|"(?:[^"\\]|\\.)*")+/y;
const UP_TO_ROOM = /\S+/y;
const OUTPUT = /([^\s<'"`]*)(\s*)<</y;
const AMOUNT = /^\d[\d_,.]*[a-z]*$/i;
const PAIR = /^([^=\s'"]+)=/;
const HELP: Flags = new Map([
  ['-h', false],
  ['--help', false]
]);

/** The spans of a magic's line in their order, from its `%` on; what lies between them is room. */
export function spansOf(line: string): ISpan[] {
  const reader = new Reader(line);
  const magic = reader.match(MAGIC)?.[0] ?? '';
  reader.add(magic.length, 'magic');
  if (magic === '%flink') {
    readSubcommand(reader);
  } else if (magic !== '') {
    readCell(reader, magic);
  }
  return reader.spans;
}

function readCell(reader: Reader, magic: string): void {
  readFlags(reader, cellFlags);
  const output = reader.match(OUTPUT);
  if (output !== null) {
    reader.add(output[1].length, 'output');
    reader.skip(output[2].length);
    reader.add(2, 'operator');
    readFlags(reader, cellFlags);
  }
  if (magic === '%flinksql') {
    reader.add(reader.rest, 'sql');
    return;
  }
  for (let word = reader.word(); word !== ''; word = reader.word()) {
    reader.add(word.length, 'unknown');
  }
}

function readSubcommand(reader: Reader): void {
  readFlags(reader, HELP);
  let name = reader.word();
  const isOpening = [...subcommands.keys()].some(known => known.startsWith(`${name} `));
  const isKnown = subcommands.has(name) || isOpening || name === 'help';
  reader.add(name.length, isKnown ? 'subcommand' : 'unknown');
  const both = `${name} ${reader.word()}`;
  if (subcommands.has(both)) {
    reader.add(both.length - name.length - 1, 'subcommand');
    name = both;
  }
  const flags = subcommands.get(name) ?? HELP;
  readFlags(reader, flags);
  for (let word = reader.word(); word !== ''; word = reader.word()) {
    reader.add(word.length, AMOUNT.test(word) ? 'number' : 'word');
    readFlags(reader, flags);
  }
}

/** The flags that come next, up to the first word that is none, or a lone `--`. */
function readFlags(reader: Reader, flags: Flags): void {
  for (let word = reader.word(); word.startsWith('-'); word = reader.word()) {
    if (word === '--') {
      reader.add(2, 'operator');
      return;
    }
    readFlag(reader, word, flags);
  }
}

function readFlag(reader: Reader, word: string, flags: Flags): void {
  const name = nameIn(word, flags);
  const takesValue = name === null ? undefined : flags.get(name);
  if (name === null || takesValue === undefined) {
    reader.add(word.length, 'unknown');
    return;
  }
  reader.add(name.length, 'flag');
  if (word.length > name.length) {
    const equals = word[name.length] === '=' ? 1 : 0;
    reader.add(equals, 'operator');
    addValue(reader, word.slice(name.length + equals));
  } else if (takesValue) {
    const next = reader.word();
    if (!next.startsWith('--') && !flags.has(next)) {
      addValue(reader, next);
    }
  }
}

/** The flag that a word names: `--limit`, `--limit=5`, `-l5`; null when it names none. */
function nameIn(word: string, flags: Flags): string | null {
  if (flags.has(word)) {
    return word;
  }
  const name = word.split('=', 1)[0];
  const takesValue = flags.get(name);
  if (takesValue !== undefined && (takesValue || name.startsWith('--'))) {
    return name;
  }
  const short = word.slice(0, 2);
  const isMisspelt = flags.has(`-${name}`); // `-limit`: not `-l imit`
  return flags.get(short) === true && !isMisspelt ? short : null;
}

function addValue(reader: Reader, text: string): void {
  const pair = PAIR.exec(text);
  if (pair !== null) {
    reader.add(pair[1].length, 'key');
    reader.add(1, 'operator');
    text = text.slice(pair[0].length);
  }
  reader.add(text.length, AMOUNT.test(text) ? 'number' : 'value');
}

/** A place that moves over a line and leaves spans behind. */
class Reader {
  readonly spans: ISpan[] = [];
  private at = 0;

  constructor(private readonly line: string) {}

  get rest(): number {
    return this.line.length - this.at;
  }

  /** What `pattern` matches here, not stepped over. */
  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.line);
  }

  /** The word that comes next, with its quotes; empty at the end of the line. */
  word(): string {
    this.skip(this.match(ROOM)?.[0].length ?? 0);
    return (this.match(WORD) ?? this.match(UP_TO_ROOM))?.[0] ?? '';
  }

  skip(length: number): void {
    this.at += length;
  }

  add(length: number, kind: SpanKind): void {
    if (length > 0) {
      this.spans.push({ from: this.at, to: this.at + length, kind });
      this.at += length;
    }
  }
}
