// The event queue as a binary heap of objects: the readable twin of the ring of buckets.
import { refuseTime, type EventClass, type EventQueue } from '../../../harness/simulate/messages/queue.ts';

interface Entry {
  readonly sender: number;
  readonly view: number;
  readonly sequence: number;
  readonly type: number;
  readonly insertion: number;
  readonly item: unknown;
}
interface Event {
  readonly time_us: number;
  readonly eventClass: EventClass;
  readonly receiver: number;
  readonly entry: Entry;
}

function before(x: Event, y: Event): boolean {
  if (x.time_us !== y.time_us) return x.time_us < y.time_us;
  if (x.eventClass !== y.eventClass) return x.eventClass < y.eventClass;
  if (x.receiver !== y.receiver) return x.receiver < y.receiver;
  for (const field of ['view', 'sequence', 'type', 'sender'] as const)
    if (x.entry[field] !== y.entry[field]) return x.entry[field] < y.entry[field];
  return x.entry.insertion < y.entry.insertion;
}

export class HeapQueue implements EventQueue {
  private readonly heap: Event[] = [];
  private readonly opened: Entry[] = [];
  time_us = 0;
  eventClass: EventClass = 0;
  receiver = 0;
  sender = 0;
  item: unknown = null;

  get size(): number {
    return this.heap.length;
  }

  open(sender: number, view: number, sequence: number, type: number, item: unknown): number {
    return this.opened.push({ sender, view, sequence, type, insertion: this.opened.length, item }) - 1;
  }
  close(): void {
    // Entries live as long as their events do.
  }

  add(entry: number, time_us: number, eventClass: EventClass, receiver: number): void {
    if (!Number.isSafeInteger(time_us) || time_us < this.time_us) refuseTime(receiver, time_us, this.time_us);
    const { heap } = this;
    const event: Event = { time_us, eventClass, receiver, entry: this.opened[entry] };
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = event;
  }

  pop(): boolean {
    const { heap } = this;
    const top = heap[0];
    if (top === undefined) return false;
    const last = heap.pop()!;
    if (heap.length > 0) this.sink(last);
    this.time_us = top.time_us;
    this.eventClass = top.eventClass;
    this.receiver = top.receiver;
    this.sender = top.entry.sender;
    this.item = top.entry.item;
    return true;
  }

  private sink(event: Event): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child += 1;
      if (!before(heap[child], event)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = event;
  }
}
