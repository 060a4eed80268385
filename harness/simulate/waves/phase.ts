// Phases: a mechanism's common path as its paper draws it, one arrow after another. A phase is one message from some to some; a call
// enters it on the uplinks, finds out when each receiver has what it needs and is through with it, and counts all that this takes.
import { NeedsMessages, type Setup } from '../core/contract.ts';
import { countCertificates, type CertificateForm } from '../core/certificates.ts';
import { departOffset_us, upload_ns } from '../core/network.ts';
import { OperationLog } from '../core/operations.ts';
import { WaveEngine } from './engine.ts';
import type { Transmission } from './uplinks.ts';

/** All nodes, one participant, or some nodes in ascending order. */
export type Party = 'all' | number | Int32Array;

/** Times are absolute, by participant: nodes, then the client. */
export interface Phase {
  /** The message, and its size in the mechanism's encoding. */
  readonly type: number;
  readonly view: number;
  readonly sequence: number;
  readonly bytes: number;
  /** Nobody sends to itself. Of `from` those send that the fault leaves. */
  readonly from: Party;
  readonly to: Party;
  /** When each sender hands its message to its uplink, authenticator made; NaN: it does not send. */
  readonly ready_us: Float64Array;
  /**
   * How many messages a receiver waits for, or their weight where there are `weights`; for all the same or by receiver. 0: none. A
   * number without weights is evaluated by the kernel where all nodes are sent to.
   */
  readonly need: number | ((receiver: number) => number);
  /** By sender. */
  readonly weights?: ArrayLike<number>;
  /** A sender that is also a receiver counts its own message from the time when it is ready, unchecked. */
  readonly own?: boolean;
  /** A receiver is not through before that. */
  readonly gate_us?: Float64Array;
  /**
   * What a receiver does with the authenticators of the messages that it waits for, its own left out: checks each by itself, all
   * together once the last of them is there, or none. `aggregate`: they are shares of one signature; it adds them up, its own among
   * them, and checks the sum.
   */
  readonly check: 'single' | 'batch' | 'aggregate' | 'none';
  /** False: no authenticator, its certificate says all; nothing is checked but that. Absent: each message has one. */
  readonly signed?: boolean;
  /** Each message carries one, which the receiver checks beside the message's own authenticator; its size is in `bytes`. */
  readonly certificate?: { readonly form: CertificateForm; readonly signers: number };
  /** Each message carries a proof that its sender was drawn, a signature that is checked with the message's own and hashed. Absent: none does. */
  readonly proof?: boolean;
  /** A receiver's work once it has what it needs and its gate is open, by the number of messages checked, or of shares added up. */
  readonly processing_ns?: (checked: number) => number;
  /** What it does in the same job beside that. */
  readonly receiver_ns?: (receiver: number) => number;
  /** What comes is tallied. */
  readonly isVote?: boolean;
  /** Nobody waits for a send of this phase before the next decision begins: an earlier one may move it back (Uplinks). */
  readonly movable?: boolean;
}

/** A phase on the uplinks. */
export interface SentPhase {
  readonly phase: Phase;
  readonly senders: Int32Array;
  /** When each sender's first bit leaves; NaN: it does not send. */
  readonly start_us: Float64Array;
  /** Where that may change, by sender as in `senders`. */
  readonly movable: readonly Transmission[] | null;
}

/** By participant; NaN: it receives nothing, Infinity: never enough. */
export interface Reached {
  /** It has what it needs, and its gate is open. */
  readonly complete_us: Float64Array;
  /** Its work is done, too. */
  readonly reached_us: Float64Array;
}

/** How many messages of others a receiver waits for, and 1 where its own counts. */
interface Checked {
  readonly others: number;
  readonly own: 0 | 1;
}

/** When a receiver has enough, and of how many messages of others. */
interface Complete {
  at_us: number;
  messages: number;
}

export class PhaseEngine extends WaveEngine {
  readonly log = new OperationLog(null);
  readonly #mac: boolean;
  readonly #everybody: Int32Array;

  /** `mac`: a message carries one MAC for each receiver; else one signature. */
  constructor(setup: Setup, { mac }: { mac: boolean }) {
    super(setup);
    this.#mac = mac;
    this.#everybody = Int32Array.from({ length: this.nodes }, (_, node) => node);
  }

  /** The whole phase. */
  phase(phase: Phase): Reached {
    return this.arrive(this.send(phase));
  }

  /** Enters the messages on the uplinks. A movable phase may arrive later, once what could move it is entered. */
  send(phase: Phase): SentPhase {
    const { from, to, ready_us, bytes } = phase;
    const senders = this.#sendersOf(from, ready_us);
    const receivers = to === 'all' ? this.nodes : typeof to === 'number' ? 1 : to.length;
    const start_us = this.column_us();
    const movable: Transmission[] | null = phase.movable === true ? [] : null;
    const { nodes, uplinks } = this;
    let authenticated = 0;
    let authenticators = 0;
    for (const sender of senders) {
      const isReceiver = to === 'all' ? sender < nodes : typeof to === 'number' ? sender === to : to.includes(sender);
      const transmission = uplinks.send(
        sender,
        ready_us[sender],
        this.duration_us(bytes, isReceiver ? receivers - 1 : receivers, sender),
        movable !== null,
      );
      start_us[sender] = transmission.start_us;
      movable?.push(transmission);
      if (sender >= nodes) continue;
      authenticated += 1;
      authenticators += isReceiver ? receivers - 1 : receivers;
    }
    if (phase.signed === false) return { phase, senders, start_us, movable };
    if (phase.check === 'aggregate') this.log.countAggregates({ shares: authenticated });
    else if (this.#mac) this.log.macs += authenticators;
    else this.log.signs += authenticated;
    return { phase, senders, start_us, movable };
  }

  /** Who has what when, and what that takes. `enough_us` is filled with when each receiver has what it needs, its gate open or not. */
  arrive(sent: SentPhase, enough_us: Float64Array | null = null): Reached {
    const { phase, senders, start_us, movable } = sent;
    const { need, gate_us, processing_ns, receiver_ns, own = false, isVote = false } = phase;
    if (movable !== null) for (let i = 0; i < senders.length; i++) start_us[senders[i]] = movable[i].start_us;
    const complete_us = this.column_us();
    const reached_us = this.column_us();
    const messagesOf = this.#evaluate(sent, need, true, complete_us);
    // Message by message what comes before the gate opens is not told apart.
    enough_us?.set(messagesOf === null ? complete_us : this.reach(sent, need));
    // Neighbours mostly check the same number.
    let usual: Checked = { others: 0, own: 0 };
    let replicas = 0;
    let work_ns = 0;
    let tallied = 0;
    for (const receiver of this.#present(phase.to)) {
      const ungated_us = complete_us[receiver];
      // The only sender receives nothing.
      if (Number.isNaN(ungated_us)) continue;
      const at_us = gate_us === undefined ? ungated_us : Math.max(ungated_us, gate_us[receiver]);
      complete_us[receiver] = reached_us[receiver] = at_us;
      const isSender = !Number.isNaN(start_us[receiver]);
      tallied += isSender ? senders.length - 1 : senders.length;
      if (at_us === Infinity) continue;
      const ownCounts = own && isSender && phase.ready_us[receiver] <= at_us ? 1 : 0;
      const others = messagesOf === null ? Math.max(0, (need as number) - ownCounts) : messagesOf[receiver];
      if (others !== usual.others || ownCounts !== usual.own || replicas === 0) {
        this.#checkEach(phase, replicas, usual);
        usual = { others, own: ownCounts };
        replicas = 0;
        const checked = phase.check === 'aggregate' ? others + ownCounts : others;
        work_ns = processing_ns?.(checked) ?? 0;
      }
      replicas += 1;
      reached_us[receiver] = at_us + Math.ceil((work_ns + (receiver_ns?.(receiver) ?? 0)) / 1000);
    }
    this.#checkEach(phase, replicas, usual);
    if (isVote) this.log.votes += tallied;
    return { complete_us, reached_us };
  }

  /** `replicas` receivers check so many messages each, and what these carry. */
  #checkEach({ check, certificate, proof = false }: Phase, replicas: number, { others, own }: Checked): void {
    if (proof) this.log.countEvaluations(replicas * others);
    if (check === 'batch') this.check(replicas, proof ? 2 * others : others);
    else if (check === 'single') this.check(replicas * others, 1);
    else if (check === 'aggregate' && others + own > 0) {
      this.log.countAggregates({ aggregated: replicas * (others + own) });
      countCertificates(this.log, 'aggregate', others + own, replicas);
    }
    if (certificate !== undefined && certificate.signers > 0)
      countCertificates(this.log, certificate.form, certificate.signers, replicas * others);
  }

  /** When each receiver would have another number of messages, or weight; no gate, nothing counted. */
  reach(sent: SentPhase, need: Phase['need']): Float64Array {
    const out = this.column_us();
    this.#evaluate(sent, need, false, out);
    return out;
  }

  /** `replicas` replicas each check `size` messages together. */
  check(replicas: number, size: number): void {
    if (this.#mac) this.log.macs += replicas * size;
    else this.log.countVerifies(size, replicas);
  }

  /** The members that take part. */
  #present(party: Party): Int32Array {
    if (party === 'all') return this.live;
    const isPresent = (member: number): boolean => member >= this.nodes || this.isLive[member] === 1;
    if (typeof party !== 'number') return party.every(isPresent) ? party : party.filter(isPresent);
    return isPresent(party) ? new Int32Array(1).fill(party) : new Int32Array(0);
  }

  /** Those of them that have something to send. */
  #sendersOf(party: Party, ready_us: Float64Array): Int32Array {
    const present = this.#present(party);
    for (const sender of present) if (Number.isNaN(ready_us[sender])) return present.filter((one) => !Number.isNaN(ready_us[one]));
    return present;
  }

  /** Writes when each receiver has enough. Returns of how many messages of others, where `need` does not say it for all (null). */
  #evaluate(sent: SentPhase, need: Phase['need'], counted: boolean, out: Float64Array): Int32Array | null {
    const { phase, senders, start_us } = sent;
    const { to, weights, own = false } = phase;
    if (typeof need !== 'number' || weights !== undefined || (to !== 'all' && typeof to !== 'number'))
      return this.#messageByMessage(sent, need, counted, out);
    if (typeof to === 'number') {
      this.#toOne(sent, to, need, counted, out);
      return null;
    }
    const { type, view, sequence, bytes } = phase;
    const sender = senders[0];
    if (senders.length === 1 && need === 1 && !own) {
      this.broadcast({ type, view, sequence, sender }, start_us[sender], bytes, counted, out);
    } else {
      if (senders.length > 0 && senders[senders.length - 1] >= this.nodes) throw new NeedsMessages('a client sends among nodes');
      this.allToAll(phase, { cast_us: phase.ready_us, start_us, own, need: Math.min(need, this.nodes), bytes, counted }, out);
      if (need > this.nodes) for (const receiver of this.live) out[receiver] = Infinity;
    }
    return null;
  }

  /** The `need`-th of all messages to one receiver. */
  #toOne({ phase, senders, start_us }: SentPhase, to: number, need: number, counted: boolean, out: Float64Array): void {
    const { bytes, own = false, ready_us } = phase;
    const messages = this.unicasts(phase, to);
    const arrivals_us = new Float64Array(senders.length);
    let count = 0;
    for (const sender of senders) {
      if (sender !== to) arrivals_us[count++] = messages.arrival_us(sender, start_us[sender] + this.duration_us(bytes, 1, sender));
      else if (own) arrivals_us[count++] = ready_us[sender]!;
    }
    if (counted && to < this.nodes) {
      this.count(messages.sends, bytes);
      this.events += messages.sends;
    }
    if (to < this.nodes && this.isLive[to] === 0) return;
    const arrived_us = arrivals_us.subarray(0, count).sort();
    out[to] = need === 0 ? -Infinity : need > count ? Infinity : arrived_us[need - 1];
  }

  /** Any senders, any receivers, any need. */
  #messageByMessage(sent: SentPhase, need: Phase['need'], counted: boolean, out: Float64Array): Int32Array {
    const { phase, senders, start_us } = sent;
    const { to, bytes } = phase;
    const messagesOf = new Int32Array(this.nodes + 1);
    const targets = to === 'all' ? this.#everybody : typeof to === 'number' ? Int32Array.of(to) : to;
    const each_ns = Float64Array.from(senders, (sender) => upload_ns(this.setup.network, bytes, sender));
    /** Where the receiver stands among those that each sender sends to. */
    const positions = new Int32Array(senders.length);
    const arrivals = new Arrivals(senders, phase);
    for (const receiver of targets) {
      const messages = this.unicasts(phase, receiver);
      arrivals.clear();
      for (let i = 0; i < senders.length; i++) {
        const sender = senders[i];
        if (sender === receiver) arrivals.addOwn(i);
        else arrivals.add(i, messages.arrival_us(sender, start_us[sender] + departOffset_us(each_ns[i], positions[i]++)));
      }
      if (counted && receiver < this.nodes) {
        this.count(messages.sends, bytes);
        this.events += messages.sends;
      }
      if (receiver < this.nodes && this.isLive[receiver] === 0) continue;
      const gate_us = counted ? (phase.gate_us?.[receiver] ?? -Infinity) : -Infinity;
      const complete = arrivals.completeAt(typeof need === 'number' ? need : need(receiver), gate_us);
      out[receiver] = complete.at_us;
      messagesOf[receiver] = complete.messages;
    }
    return messagesOf;
  }
}

/** Messages of one phase at one receiver. A million of them is common: none is an object. */
class Arrivals {
  readonly #weights: Float64Array;
  readonly #own: boolean;
  readonly #ready_us: Float64Array;
  readonly #base_us: number;
  /** Microseconds after the base and the sender's place, in one number: in the order in which messages are handled. */
  readonly #keys: Float64Array;
  #count = 0;
  #own_us = Infinity;
  #ownWeight = 0;

  constructor(senders: Int32Array, { weights, ready_us, own = false }: Phase) {
    this.#weights = Float64Array.from(senders, (sender) => weights?.[sender] ?? 1);
    this.#ready_us = Float64Array.from(senders, (sender) => ready_us[sender]);
    this.#own = own;
    this.#base_us = this.#ready_us.reduce((least_us, at_us) => Math.min(least_us, at_us), Infinity);
    this.#keys = new Float64Array(senders.length);
  }

  clear(): void {
    this.#count = 0;
    this.#own_us = Infinity;
  }

  /** The receiver is the `place`-th sender. */
  addOwn(place: number): void {
    if (!this.#own) return;
    this.#own_us = this.#ready_us[place];
    this.#ownWeight = this.#weights[place];
  }

  add(place: number, at_us: number): void {
    const key = (at_us - this.#base_us) * this.#keys.length + place;
    if (!(key <= Number.MAX_SAFE_INTEGER)) throw new NeedsMessages('a phase is spread over too long a time');
    this.#keys[this.#count++] = key;
  }

  /** The first to come are counted, ties by sender; once the gate is open one's own comes first, and as few others as are missing. */
  completeAt(need: number, gate_us: number): Complete {
    const keys = this.#keys.subarray(0, this.#count).sort();
    const places = this.#keys.length;
    const own_us = this.#own_us;
    let missing = need;
    let at_us = -Infinity;
    let isOwnCounted = false;
    for (let i = 0; missing > 0; i++) {
      const next_us = i < keys.length ? this.#base_us + Math.floor(keys[i] / places) : Infinity;
      if (!isOwnCounted && own_us <= next_us && own_us < Infinity) {
        isOwnCounted = true;
        missing -= this.#ownWeight;
        at_us = own_us;
        if (missing <= 0) break;
      }
      if (i >= keys.length) return { at_us: Infinity, messages: 0 };
      missing -= this.#weights[keys[i] % places];
      at_us = next_us;
    }
    at_us = Math.max(at_us, gate_us);
    missing = need - (own_us <= at_us && own_us < Infinity ? this.#ownWeight : 0);
    let messages = 0;
    for (; missing > 0; messages++) missing -= this.#weights[keys[messages] % places];
    return { at_us, messages };
  }
}
