// The message engine's event queue: a ring of 64 us buckets over typed rows. An entry is what several events share (a message and
// its sender: a multicast is one entry); an event is a receiver and a moment, linked into the bucket of its time. Events beyond the
// ring wait in a heap. A bucket is sorted when it is reached; what is added to it after that goes into a heap beside it.
import { grown } from '../core/grown.ts';

export const MESSAGE = 0;
export const WORK = 1;
export const EXTERNAL = 2;
export const TIMER = 3;
/** At one time messages come first, so that a deadline that falls on an arrival is met. */
export type EventClass = typeof MESSAGE | typeof WORK | typeof EXTERNAL | typeof TIMER;

/** Larger values would sort events in a wrong order without a word. */
export const PARTICIPANT_LIMIT = 0x40000;
export const SEQUENCE_LIMIT = 0x80000000;
export const VIEW_LIMIT = 0x80000000;
export const TYPE_LIMIT = 16;

/**
 * Events in the order of (time, class, receiver, view, sequence, type, sender), insertion of their entry last. `item` is never looked at.
 * Two events of one entry have different receivers.
 */
export interface EventQueue {
  readonly size: number;
  /** The event that `pop` took last. */
  readonly time_us: number;
  readonly eventClass: EventClass;
  readonly receiver: number;
  readonly sender: number;
  readonly item: unknown;
  /** A new entry; `close` it once its events are added. The fields are below their limits. */
  open(sender: number, view: number, sequence: number, type: number, item: unknown): number;
  /** @throws RangeError where the time is no integer from that of the event taken last, below 2^53 */
  add(entry: number, time_us: number, eventClass: EventClass, receiver: number): void;
  close(entry: number): void;
  /** False where nothing is left. */
  pop(): boolean;
}

/** Throws what `add` promises. */
export function refuseTime(receiver: number, time_us: number, now_us: number): never {
  const from = now_us === 0 ? '0' : `${now_us}, its present,`;
  throw new RangeError(`an event of participant ${receiver} at ${time_us} us: accepted are integers from ${from} below 2^53`);
}

/** log2 of a bucket's microseconds. */
const BUCKET_BITS = 6;
const BUCKET_US = 1 << BUCKET_BITS;
/** 1.05 s: beyond the links of every network but the slowest, so that timers alone are far. */
const BUCKETS = 1 << 14;
const SPAN_US = BUCKETS * BUCKET_US;
const CLASS_BITS = 2;
const NONE = -1;
/** Words of an event: its key, its entry, and the next one of its bucket or of the free ones; the fourth is not used. */
const EVENT_ROW = 4;
const EVENT_ENTRY = 1;
const EVENT_NEXT = 2;
/** Words of an entry: sender, view, sequence, type; events of it that are still to come, and one while it is open. */
const ENTRY_ROW_BITS = 3;
const ENTRY_ROW = 1 << ENTRY_ROW_BITS;
const ENTRY_VIEW = 1;
const ENTRY_SEQUENCE = 2;
const ENTRY_TYPE = 3;
const ENTRY_LEFT = 4;
/** Up to this many events a bucket is sorted by insertion, beyond by radix. */
const FEW = 48;
const DIGIT_BITS = 9;
const DIGITS = 1 << DIGIT_BITS;
const int32 = (size: number): Int32Array => new Int32Array(size);
const float64 = (size: number): Float64Array => new Float64Array(size);

export class BucketQueue implements EventQueue {
  size = 0;
  time_us = 0;
  eventClass: EventClass = MESSAGE;
  receiver = 0;
  sender = 0;
  item: unknown = null;

  /** Bits that a receiver takes in a key: (microsecond in its bucket, class, receiver). */
  private readonly receiverBits: number;
  private readonly keyBits: number;
  private readonly receiverMask: number;

  // Events: what one has is in a row, since with half a million under way each look at one is a line fetched from afar. An event's name is
  // where its row begins; free ones are linked.
  private events = int32(EVENT_ROW * 1024);
  private freeEvent = NONE;
  private eventsEnd = 0;

  // Entries, likewise; free ones are linked through ENTRY_LEFT. Items and insertion numbers stand beside, by the row's number.
  private entries = int32(ENTRY_ROW * 256);
  private readonly items: unknown[] = [];
  private insertions = float64(256);
  private freeEntry = NONE;
  private inserted = 0;

  // The ring: the first event of each bucket, and a bit for each bucket that has one. `base_us` is the start of the present bucket.
  private readonly first = int32(BUCKETS).fill(NONE);
  private readonly occupied = int32(BUCKETS / 32);
  private inRing = 0;
  private base_us = 0;
  private baseSlot = 0;

  // The present bucket, in order, and what came into it since (a heap of events).
  private sorted = int32(256);
  private spare = int32(256);
  private sortedAt = 0;
  private sortedEnd = 0;
  private late = int32(64);
  private lateSize = 0;
  private readonly counters = int32(DIGITS);

  // A heap of events beyond the ring, by time.
  private farTimes_us = float64(64);
  private farEvents = int32(64);
  private farSize = 0;

  constructor(participants: number) {
    this.receiverBits = 32 - Math.clz32(Math.max(1, participants - 1));
    this.receiverMask = (1 << this.receiverBits) - 1;
    this.keyBits = BUCKET_BITS + CLASS_BITS + this.receiverBits;
  }

  open(sender: number, view: number, sequence: number, type: number, item: unknown): number {
    let entry = this.freeEntry;
    if (entry === NONE) {
      entry = this.items.length << ENTRY_ROW_BITS;
      if (entry === this.entries.length) {
        this.entries = grown(this.entries);
        this.insertions = grown(this.insertions);
      }
      this.items.push(item);
    } else {
      this.freeEntry = this.entries[entry + ENTRY_LEFT];
      this.items[entry >> ENTRY_ROW_BITS] = item;
    }
    const { entries } = this;
    entries[entry] = sender;
    entries[entry + ENTRY_VIEW] = view;
    entries[entry + ENTRY_SEQUENCE] = sequence;
    entries[entry + ENTRY_TYPE] = type;
    entries[entry + ENTRY_LEFT] = 1;
    this.insertions[entry >> ENTRY_ROW_BITS] = this.inserted++;
    return entry;
  }

  add(entry: number, time_us: number, eventClass: EventClass, receiver: number): void {
    const ahead_us = time_us - this.base_us;
    // Also where it is no number.
    if (!(ahead_us >= BUCKET_US && ahead_us < SPAN_US && ahead_us === (ahead_us | 0))) {
      this.addElsewhere(entry, time_us, eventClass, receiver);
      return;
    }
    const slot = (this.baseSlot + (ahead_us >> BUCKET_BITS)) & (BUCKETS - 1);
    this.link(slot, this.make(entry, ((((ahead_us & (BUCKET_US - 1)) << CLASS_BITS) | eventClass) << this.receiverBits) | receiver));
  }

  close(entry: number): void {
    if (--this.entries[entry + ENTRY_LEFT] === 0) this.freeUp(entry);
  }

  pop(): boolean {
    for (;;) {
      let event: number;
      if (this.sortedAt < this.sortedEnd) {
        event = this.sorted[this.sortedAt];
        if (this.lateSize > 0 && this.before(this.late[0], event)) event = this.popLate();
        else this.sortedAt += 1;
      } else if (this.lateSize > 0) event = this.popLate();
      else if (this.advance()) continue;
      else return false;
      const { events, entries } = this;
      const key = events[event];
      const entry = events[event + EVENT_ENTRY];
      this.time_us = this.base_us + (key >> (CLASS_BITS + this.receiverBits));
      this.eventClass = ((key >> this.receiverBits) & ((1 << CLASS_BITS) - 1)) as EventClass;
      this.receiver = key & this.receiverMask;
      this.sender = entries[entry];
      this.item = this.items[entry >> ENTRY_ROW_BITS];
      events[event + EVENT_NEXT] = this.freeEvent;
      this.freeEvent = event;
      if (--entries[entry + ENTRY_LEFT] === 0) this.freeUp(entry);
      this.size -= 1;
      return true;
    }
  }

  private freeUp(entry: number): void {
    this.items[entry >> ENTRY_ROW_BITS] = null;
    this.entries[entry + ENTRY_LEFT] = this.freeEntry;
    this.freeEntry = entry;
  }

  private make(entry: number, key: number): number {
    let event = this.freeEvent;
    if (event === NONE) {
      event = this.eventsEnd;
      this.eventsEnd += EVENT_ROW;
      if (event === this.events.length) this.events = grown(this.events);
    } else this.freeEvent = this.events[event + EVENT_NEXT];
    this.events[event] = key;
    this.events[event + EVENT_ENTRY] = entry;
    this.entries[entry + ENTRY_LEFT] += 1;
    this.size += 1;
    return event;
  }

  private link(slot: number, event: number): void {
    const first = this.first[slot];
    this.events[event + EVENT_NEXT] = first;
    this.first[slot] = event;
    if (first === NONE) this.occupied[slot >> 5] |= 1 << (slot & 31);
    this.inRing += 1;
  }

  private addElsewhere(entry: number, time_us: number, eventClass: EventClass, receiver: number): void {
    if (!Number.isSafeInteger(time_us) || time_us < this.time_us) refuseTime(receiver, time_us, this.time_us);
    const low = (eventClass << this.receiverBits) | receiver;
    const ahead_us = time_us - this.base_us;
    if (ahead_us < BUCKET_US) this.pushLate(this.make(entry, (ahead_us << (CLASS_BITS + this.receiverBits)) | low));
    else this.pushFar(this.make(entry, ((time_us % BUCKET_US) << (CLASS_BITS + this.receiverBits)) | low), time_us);
  }

  /** The order of two events of one bucket. */
  private before(x: number, y: number): boolean {
    const { events } = this;
    const keyX = events[x];
    const keyY = events[y];
    return keyX === keyY ? this.entryBefore(events[x + EVENT_ENTRY], events[y + EVENT_ENTRY]) : keyX < keyY;
  }
  private entryBefore(x: number, y: number): boolean {
    const { entries } = this;
    let word = ENTRY_VIEW;
    while (word <= ENTRY_TYPE && entries[x + word] === entries[y + word]) word += 1;
    if (word <= ENTRY_TYPE) return entries[x + word] < entries[y + word];
    if (entries[x] !== entries[y]) return entries[x] < entries[y];
    return this.insertions[x >> ENTRY_ROW_BITS] < this.insertions[y >> ENTRY_ROW_BITS];
  }

  // --- the present bucket

  /** Goes on to the next bucket that has events, and sorts it; false where there is none. */
  private advance(): boolean {
    if (this.inRing > 0) {
      const slot = this.nextOccupied();
      this.base_us += ((slot - this.baseSlot) & (BUCKETS - 1)) * BUCKET_US;
      this.baseSlot = slot;
    } else if (this.farSize > 0) this.base_us = this.farTimes_us[0] - (this.farTimes_us[0] % BUCKET_US);
    else return false;
    while (this.farSize > 0 && this.farTimes_us[0] - this.base_us < SPAN_US) {
      const ahead = (this.farTimes_us[0] - this.base_us) >> BUCKET_BITS;
      this.link((this.baseSlot + ahead) & (BUCKETS - 1), this.popFar());
    }
    this.sortBucket(this.baseSlot);
    return true;
  }

  /** The first bucket behind the present one (which is empty) that is not. */
  private nextOccupied(): number {
    const from = (this.baseSlot + 1) & (BUCKETS - 1);
    let word = from >> 5;
    let bits = this.occupied[word] & (-1 << (from & 31));
    while (bits === 0) {
      word = (word + 1) & (BUCKETS / 32 - 1);
      bits = this.occupied[word];
    }
    return (word << 5) | (31 - Math.clz32(bits & -bits));
  }

  private sortBucket(slot: number): void {
    const { events } = this;
    let count = 0;
    for (let event = this.first[slot]; event !== NONE; event = events[event + EVENT_NEXT]) {
      if (count === this.sorted.length) {
        this.sorted = grown(this.sorted);
        this.spare = int32(this.sorted.length);
      }
      this.sorted[count++] = event;
    }
    this.first[slot] = NONE;
    this.occupied[slot >> 5] &= ~(1 << (slot & 31));
    this.inRing -= count;
    this.sortedAt = 0;
    this.sortedEnd = count;
    if (count === 1) return;
    // The list is from the last to the first: reversed, equal keys mostly stand in order.
    const { sorted } = this;
    for (let low = 0, high = count - 1; low < high; low++, high--) {
      const event = sorted[low];
      sorted[low] = sorted[high];
      sorted[high] = event;
    }
    if (count <= FEW) {
      for (let i = 1; i < count; i++) this.insert(0, i);
      return;
    }
    for (let shift = 0; shift < this.keyBits; shift += DIGIT_BITS) this.sortByDigit(shift, count);
    const ordered = this.sorted;
    for (let start = 0; start < count;) {
      const key = events[ordered[start]];
      let end = start + 1;
      while (end < count && events[ordered[end]] === key) end += 1;
      if (end - start > 1) this.sortEqual(start, end);
      start = end;
    }
  }

  /** Puts the event at `at` into its place among those from `start` on before it. */
  private insert(start: number, at: number): void {
    const { sorted } = this;
    const event = sorted[at];
    while (at > start && this.before(event, sorted[at - 1])) {
      sorted[at] = sorted[at - 1];
      at -= 1;
    }
    sorted[at] = event;
  }

  private sortByDigit(shift: number, count: number): void {
    const { events, counters, sorted, spare } = this;
    counters.fill(0);
    for (let i = 0; i < count; i++) counters[(events[sorted[i]] >> shift) & (DIGITS - 1)] += 1;
    let sum = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const here = counters[digit];
      counters[digit] = sum;
      sum += here;
    }
    for (let i = 0; i < count; i++) {
      const event = sorted[i];
      spare[counters[(events[event] >> shift) & (DIGITS - 1)]++] = event;
    }
    this.sorted = spare;
    this.spare = sorted;
  }

  /** Events [start, end) have one key: their entries decide. */
  private sortEqual(start: number, end: number): void {
    const { sorted, events } = this;
    const before = (x: number, y: number): boolean => this.entryBefore(events[x + EVENT_ENTRY], events[y + EVENT_ENTRY]);
    let ordered = true;
    for (let i = start + 1; i < end && ordered; i++) ordered = before(sorted[i - 1], sorted[i]);
    if (ordered) return;
    if (end - start <= FEW) {
      for (let i = start + 1; i < end; i++) this.insert(start, i);
      return;
    }
    sorted.subarray(start, end).sort((x, y) => (before(x, y) ? -1 : 1));
  }

  private pushLate(event: number): void {
    if (this.lateSize === this.late.length) this.late = grown(this.late);
    const { late } = this;
    let at = this.lateSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(event, late[parent])) break;
      late[at] = late[parent];
      at = parent;
    }
    late[at] = event;
  }

  private popLate(): number {
    const { late } = this;
    const top = late[0];
    const size = --this.lateSize;
    const last = late[size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.before(late[child + 1], late[child])) child += 1;
      if (!this.before(late[child], last)) break;
      late[at] = late[child];
      at = child;
    }
    late[at] = last;
    return top;
  }

  // --- beyond the ring

  private pushFar(event: number, time_us: number): void {
    if (this.farSize === this.farEvents.length) {
      this.farTimes_us = grown(this.farTimes_us);
      this.farEvents = grown(this.farEvents);
    }
    const { farTimes_us, farEvents } = this;
    let at = this.farSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (farTimes_us[parent] <= time_us) break;
      farTimes_us[at] = farTimes_us[parent];
      farEvents[at] = farEvents[parent];
      at = parent;
    }
    farTimes_us[at] = time_us;
    farEvents[at] = event;
  }

  private popFar(): number {
    const { farTimes_us, farEvents } = this;
    const top = farEvents[0];
    const size = --this.farSize;
    const last_us = farTimes_us[size];
    const last = farEvents[size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && farTimes_us[child + 1] < farTimes_us[child]) child += 1;
      if (farTimes_us[child] >= last_us) break;
      farTimes_us[at] = farTimes_us[child];
      farEvents[at] = farEvents[child];
      at = child;
    }
    farTimes_us[at] = last_us;
    farEvents[at] = last;
    return top;
  }
}
