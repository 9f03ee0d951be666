/** The flags that flinklab's magics know, and whether they take a value. */

import { CELL_FLAGS, SUBCOMMANDS } from './words_of_flink';

/** By a flag's name, whether a value follows it. */
export type Flags = ReadonlyMap<string, boolean>;

/** The flags of `%%flinksql` and `%flinksql`. */
export const cellFlags: Flags = flagsOf(CELL_FLAGS);

/** The flags of each subcommand of `%flink`, by its one or two words. */
export const subcommands: ReadonlyMap<string, Flags> = new Map(
  SUBCOMMANDS.trim()
    .split('\n')
    .map(line => line.split(': ', 2) as [string, string])
    .map(([name, flags]) => [name, flagsOf(flags)])
);

function flagsOf(text: string): Flags {
  const names = text.trim().split(/\s+/);
  return new Map(names.map(name => [name.replace(/=$/, ''), name.endsWith('=')]));
}
