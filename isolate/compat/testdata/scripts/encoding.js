import { run, attempt } from '../lib.js';
const enc = new TextEncoder();
const d = (b, l, o) => new TextDecoder(l, o).decode(new Uint8Array(b));
export default run({
  'encode': () => enc.encode('a\u00e9\u20ac\u{1F600}\ud800'),
  'encode nothing': () => [enc.encode().length, enc.encode(undefined).length, enc.encode(null).length],
  'encodeInto': () => { const b = new Uint8Array(4); const r = enc.encodeInto('a\u20ac\u{1F600}', b); return [r, b]; },
  'encodeInto bad': () => attempt(() => enc.encodeInto('a', [])),
  'encoding': () => [enc.encoding, new TextDecoder().encoding, new TextDecoder('latin1').encoding, new TextDecoder('UTF-16').encoding],
  'labels': () => ['utf8', ' utf-8 ', 'ascii', 'iso-8859-1', 'windows-1252', 'shift_jis', 'gbk', 'big5', 'euc-kr', 'koi8-r', 'utf-16be', 'x-user-defined', 'nope', 'replacement', 'iso-2022-cn'].map((l) => attempt(() => new TextDecoder(l).encoding)),
  'bom': () => [d([0xef, 0xbb, 0xbf, 97]), d([0xef, 0xbb, 0xbf, 97], 'utf-8', { ignoreBOM: true }).length],
  'invalid': () => [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf0, 0x90, 0x41], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80]].map((b) => d(b)),
  'fatal': () => [attempt(() => d([0xff], 'utf-8', { fatal: true })), attempt(() => d([0xe2, 0x82], 'utf-8', { fatal: true }))],
  'stream': () => { const t = new TextDecoder(); return [t.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), t.decode(new Uint8Array([0xac])), t.decode(new Uint8Array([0xe2]), { stream: true }), t.decode()]; },
  'sources': () => { const t = new TextDecoder(); const b = new Uint8Array([97, 98, 99]); return [t.decode(b.buffer), t.decode(new DataView(b.buffer, 1)), t.decode(b.subarray(1, 2)), t.decode(), attempt(() => t.decode('x')), attempt(() => t.decode(null))]; },
  'windows-1252': () => d([0x80, 0xe9, 0x81], 'windows-1252'),
  'utf-16': () => [d([0x61, 0, 0xac, 0x20], 'utf-16le'), d([0, 0x61], 'utf-16be'), d([0x61], 'utf-16le'), d([0, 0xd8], 'utf-16le')],
  'shift_jis euc-jp gbk big5': () => [d([0x82, 0xa0], 'shift_jis'), d([0xa4, 0xa2], 'euc-jp'), d([0xc4, 0xe3], 'gbk'), d([0xa7, 0x41], 'big5'), d([0xb0, 0xa1], 'euc-kr')],
  'options': () => { const t = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }); return [t.fatal, t.ignoreBOM, new TextDecoder().fatal]; },
  'btoa': () => [btoa('hello'), btoa(''), btoa('\xff'), btoa(5), btoa(null), attempt(() => btoa('\u20ac')), attempt(() => btoa())],
  'atob': () => [atob('aGVsbG8='), atob('aGVsbG8'), atob(' aGVs bG8 '), atob(''), attempt(() => atob('a')), attempt(() => atob('a=b')), attempt(() => atob('!!!!')), atob(null), attempt(() => atob('ab=')), attempt(() => atob())],
  'round trip': () => atob(btoa(String.fromCharCode(...Array(256).keys()))).length,
  'uri': () => [encodeURIComponent('a b&\u00e9/\u{1F600}'), encodeURI('http://a/b c?\u00e9'), decodeURIComponent('%C3%A9+'), attempt(() => encodeURIComponent('\ud800')), escape('\u00e9\u20ac '), unescape('%u20AC%E9')],
  'streams': async () => { const s = new Response('h\u00e9').body.pipeThrough(new TextDecoderStream('utf-8', { fatal: true })); let o = ''; for await (const c of s) o += c; return [o, new TextDecoderStream().encoding, new TextEncoderStream().encoding]; },
  'encoder stream surrogates': async () => { const t = new TextEncoderStream(); const w = t.writable.getWriter(); w.write('\ud83d'); w.write('\ude00'); w.write('\ud83d'); w.close(); const out = []; for await (const c of t.readable) out.push(c); return out; },
  'tags': () => [String(enc), String(new TextDecoder())],
});
