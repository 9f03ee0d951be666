import { describe, expect, it } from 'vitest';

import { EventReader, IMessage } from '../../src/server/stream';

const TEXT =
  ': hello\n\nevent: jobs\ndata: {"a":1}\n\nevent: status\r\ndata: 1\r\ndata: 2\r\n\r\n: \n\ndata:x\n\n';
const MESSAGES: IMessage[] = [
  { event: 'jobs', data: '{"a":1}' },
  { event: 'status', data: '1\n2' },
  { event: 'message', data: 'x' }
];

describe('events', () => {
  it('are the same wherever the pieces were cut', () => {
    for (let first = 0; first <= TEXT.length; first++) {
      const reader = new EventReader();
      const found = [...reader.read(TEXT.slice(0, first)), ...reader.read(TEXT.slice(first))];
      expect(found).toEqual(MESSAGES);
    }
  });

  it('come character by character, too', () => {
    const reader = new EventReader();
    expect([...TEXT].flatMap(character => reader.read(character))).toEqual(MESSAGES);
  });

  it('are none before the empty line', () => {
    const reader = new EventReader();
    expect(reader.read('event: jobs\ndata: 1\n')).toEqual([]);
    expect(reader.read('\n')).toEqual([{ event: 'jobs', data: '1' }]);
  });
});
