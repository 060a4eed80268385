// The words of generated tables in Chinese: one dictionary. Names of mechanisms, parameters and kinds of fault, units and all numbers stay as
// they are; a word that stands in none of these lists is an error, so that no table is half translated.

/** In any order: longer phrases are tried before shorter ones, patterns between sentences and words. */
const PHRASES = [
  // Headings of costs.
  ['CPU-s per tx, marginal', '每笔交易 CPU 秒（边际）'],
  ['CPU-s per tx, provisioned', '每笔交易 CPU 秒（预留）'],
  ['J per tx, marginal', '每笔交易能耗 J（边际）'],
  ['J per tx, provisioned', '每笔交易能耗 J（预留）'],
  ['USD per 1000 tx, marginal', '每 1000 笔交易 USD（边际）'],
  ['USD per 1000 tx, provisioned', '每 1000 笔交易 USD（预留）'],
  ['messages per decision', '每次决议消息数'],
  ['bytes per decision', '每次决议字节数'],
  ['capacity, tx/s (limited by)', '容量，tx/s（瓶颈）'],
  ['finality', '最终确定时间'],
  ['adversary', '所防对手'],
  ['power', '功率'],
  ['mechanism', '机制'],
  // Headings and texts of where it broke.
  ['liveness violated from', '活性被破坏的起点'],
  ['safety violated from', '安全性被破坏的起点'],
  ['durability violated from', '持久性被破坏的起点'],
  ['no finality from', '失去最终性的起点'],
  ['not final from', '失去最终性的起点'],
  [/undecided to /, '未定至 '],
  ['holds up to', '能承受到'],
  ['could fail', '可能失效'],
  ['at most', '至多'],
  ['at least', '至少'],
  ['fault', '故障'],
  ['nodes', '节点'],
  ['node', '节点'],
  ['block space', '区块空间'],
  ['latency-bound', '受延迟限制'],
  ['latency', '延迟'],
  ['uplink', '上行带宽'],
  ['downlink', '下行带宽'],
  ['disk', '磁盘'],
  ['window', '日志窗口'],
  // What the two bases are.
  ['Marginal: active work alone.', '边际：只计实际执行的工作。'],
  [
    'Provisioned: all cores of all nodes for as long as the decisions take, busy or not; with one decision in flight that is bound by latency, and falls under load.',
    '预留：决议期间所有节点的所有核心，无论忙闲；同一时刻只有一个决议在进行时由延迟决定，负载升高时下降。',
  ],
  ['Intervals are 95%;', '区间均为 95%；'],
  [
    '"10 of 12" beside a mean says that it is over the replicates that have a value.',
    '均值旁的“10 / 12”表示该均值取自 12 次重复中有值的 10 次。',
  ],
  // Kernels.
  ['kernel', '内核'],
  ['unit', '单位'],
  ['scalar', '标量'],
  ['reference', '参考实现'],
  ['best peer', '最快同类库'],
  ['hashes', '次哈希'],
  ['bytes', '字节'],
  ['macs', '次 MAC'],
  ['keys', '个密钥'],
  ['signatures', '个签名'],
  ['votes', '票'],
  ['deliveries', '次投递'],
  ['block-nodes', '块·节点'],
  [/\bon (\d+) threads\b/, '$1 线程'],
  // In the order in which they are tried: a share of attacks, of nodes, of replicates or nodes.
  [/(\d+) of (\d+) attacks?/, '$2 次攻击中 $1 次'],
  [/(\d+) nodes? of (\d+)/, '$2 个节点中 $1 个'],
  [/(\d+) of (\d+)/, '$2 中 $1'],
  [/(\d+) without a verdict/, '$1 次无结论'],
  [/ to (?=\d)/, '至 '],
];
/** What Chinese texts write as it is. */
const KEPT =
  /\b(?:CPU|MAC|USD|tx|TWh|MWh|kWh|MW|GW|kW|min|ms|µs|ns|EH|J|s|h|d|f|n|k|M|G|x|node:crypto|wasm-simd|wasm)\b|@[\w/-]+|\b[\w.-]+-[\w.-]+\b|tx\/s/g;

/** As Chinese sets them, and without a space beside them. */
const MARKS = [
  [/; */g, '；'],
  [/, +/g, '，'],
  [/ *\(/g, '（'],
  [/\)/g, '）'],
  [/(?<=[。；，：]) +/g, ''],
];

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** As long as a pattern counts: shorter than a sentence, longer than words. */
const PATTERN = 40;
const length = ([from]) => (from instanceof RegExp ? PATTERN : from.length);
const RULES = PHRASES.toSorted((a, b) => (length(a) === length(b) ? 0 : length(b) - length(a))).map(([from, to]) => [
  from instanceof RegExp ? new RegExp(from, 'g') : new RegExp(`(?<![\\w-])${escaped(from)}(?![\\w-]|:\\w)`, 'g'),
  to,
]);

/** @throws Error that names what the dictionary lacks */
export function chinese(text) {
  const translated = RULES.reduce((said, [from, to]) => said.replace(from, to), text);
  const left = translated
    .replace(/`[^`]*`/g, '')
    .replace(KEPT, '')
    .match(/[A-Za-z]{2,}/g);
  if (left !== null) throw new Error(`scripts/chinese.mjs has no Chinese for "${left.join(' ')}" of "${text}"`);
  return /\p{Script=Han}/u.test(translated) ? MARKS.reduce((said, [from, to]) => said.replace(from, to), translated) : translated;
}
