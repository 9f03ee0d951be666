/** Server-sent events out of the pieces in which they arrive. */

export interface IMessage {
  event: string;
  data: string;
}

/** Reads the `text/event-stream` format as far as flinklab's server writes it: `event`, `data`, comments. */
export class EventReader {
  private rest = '';
  private event = '';
  private data: string[] = [];

  /** The messages that are whole with this piece. A comment (a heartbeat) is none. */
  read(piece: string): IMessage[] {
    const found: IMessage[] = [];
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines.map(each => (each.endsWith('\r') ? each.slice(0, -1) : each))) {
      if (line === '') {
        if (this.data.length > 0) {
          found.push({ event: this.event || 'message', data: this.data.join('\n') });
        }
        this.event = '';
        this.data = [];
      } else {
        this.take(line);
      }
    }
    return found;
  }

  private take(line: string): void {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') {
      this.event = value;
    } else if (field === 'data') {
      this.data.push(value);
    }
  }
}
