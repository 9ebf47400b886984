import { run, attempt } from '../lib.js';
const tag = (v) => Object.prototype.toString.call(v);
// What programs may rely on: an interface, its parent, its members.
const interfaces = {
  AbortController: 'Object abort signal',
  AbortSignal: 'EventTarget aborted reason onabort throwIfAborted',
  Blob: 'Object arrayBuffer bytes size slice stream text type',
  ByteLengthQueuingStrategy: 'Object highWaterMark size',
  CloseEvent: 'Event',
  CountQueuingStrategy: 'Object highWaterMark size',
  Crypto: 'Object getRandomValues randomUUID subtle',
  CryptoKey: 'Object',
  CustomEvent: 'Event detail',
  DOMException: 'Error ABORT_ERR DATA_CLONE_ERR',
  ErrorEvent: 'Event colno error filename lineno message',
  Event: 'Object AT_TARGET bubbles cancelBubble cancelable composed composedPath currentTarget defaultPrevented eventPhase isTrusted preventDefault returnValue srcElement stopImmediatePropagation stopPropagation target timeStamp type',
  EventTarget: 'Object addEventListener dispatchEvent removeEventListener',
  ExtendableEvent: 'Event waitUntil',
  FetchEvent: 'ExtendableEvent passThroughOnException respondWith waitUntil',
  File: 'Blob lastModified name',
  FixedLengthStream: 'IdentityTransformStream',
  FormData: 'Object append delete entries forEach get getAll has keys set values',
  Headers: 'Object append delete entries forEach get getAll getSetCookie has keys set values',
  IdentityTransformStream: 'TransformStream',
  MessageEvent: 'Event',
  Navigator: 'Object',
  PromiseRejectionEvent: 'Event',
  ReadableByteStreamController: 'Object byobRequest close desiredSize enqueue error',
  ReadableStream: 'Object cancel getReader locked pipeThrough pipeTo tee values',
  ReadableStreamBYOBReader: 'Object cancel closed read readAtLeast releaseLock',
  ReadableStreamBYOBRequest: 'Object respond respondWithNewView view',
  ReadableStreamDefaultController: 'Object close desiredSize enqueue error',
  ReadableStreamDefaultReader: 'Object cancel closed read releaseLock',
  Request: 'Body arrayBuffer blob body bodyUsed bytes cf clone formData headers integrity json keepalive method redirect signal text url',
  Response: 'Body arrayBuffer blob body bodyUsed bytes cf clone formData headers json ok redirected status statusText text type url webSocket',
  ServiceWorkerGlobalScope: 'WorkerGlobalScope',
  SubtleCrypto: 'Object decrypt deriveBits deriveKey digest encrypt exportKey generateKey importKey sign timingSafeEqual unwrapKey verify wrapKey',
  TextDecoder: 'Object decode encoding fatal ignoreBOM',
  TextDecoderStream: 'TransformStream encoding fatal ignoreBOM readable writable',
  TextEncoder: 'Object encode encodeInto encoding',
  TextEncoderStream: 'TransformStream encoding readable writable',
  TransformStream: 'Object readable writable',
  TransformStreamDefaultController: 'Object desiredSize enqueue error terminate',
  URL: 'Object hash host hostname href origin password pathname port protocol search searchParams toJSON toString username',
  URLSearchParams: 'Object append delete entries forEach get getAll has keys set size sort toString values',
  WorkerGlobalScope: 'EventTarget',
  WritableStream: 'Object abort close getWriter locked',
  WritableStreamDefaultController: 'Object error signal',
  WritableStreamDefaultWriter: 'Object abort close closed desiredSize ready releaseLock write',
};
const functions = ['addEventListener', 'removeEventListener', 'dispatchEvent', 'atob', 'btoa', 'fetch', 'queueMicrotask', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'structuredClone', 'reportError', 'escape', 'unescape'];
const cases = {
  'none but these': () => ['window', 'document', 'process', 'Buffer', 'global', 'require', 'module', 'exports', '__dirname', 'location', 'importScripts', 'XMLHttpRequest', 'localStorage', 'Deno', 'Bun', 'alert', 'postMessage', 'WorkerNavigator', 'Worker'].map((k) => typeof globalThis[k]),
  'self': () => [self === globalThis, typeof globalThis.constructor],
  'tag of globalThis': () => tag(globalThis),
  'navigator': () => [navigator.userAgent, tag(navigator), typeof navigator.hardwareConcurrency, navigator.language],
  'sendBeacon': () => typeof navigator.sendBeacon,
  'instances': () => [tag(crypto), tag(console), tag(performance), tag(navigator), tag(JSON), tag(Math), tag(Reflect)],
  'can be replaced': () => { const f = globalThis.fetch; globalThis.fetch = 1; const r = fetch; globalThis.fetch = f; return r; },
  'console methods': () => ['log', 'info', 'warn', 'error', 'debug', 'trace', 'table', 'group', 'groupEnd', 'groupCollapsed', 'dir', 'dirxml', 'count', 'countReset', 'time', 'timeEnd', 'timeLog', 'assert', 'clear'].map((k) => typeof console[k]),
  'scheduler': () => typeof scheduler.wait,
};
for (const n of functions) cases['function ' + n] = () => { const f = globalThis[n]; return [typeof f, f.name, attempt(() => new f())]; };
for (const [n, text] of Object.entries(interfaces)) {
  const [parent, ...members] = text.split(' ');
  cases['interface ' + n] = () => {
    const C = globalThis[n];
    if (typeof C !== 'function') return typeof C;
    return [C.name, C.prototype[Symbol.toStringTag], C.prototype.constructor === C];
  };
  cases['parent of ' + n] = () => {
    const P = Object.getPrototypeOf(globalThis[n].prototype)?.constructor;
    return P?.name;
  };
  cases['members missing in ' + n] = () => members.filter((m) => !(m in globalThis[n].prototype));
}
for (const n of ['Cache', 'CacheStorage', 'CompressionStream', 'DecompressionStream', 'EventSource', 'HTMLRewriter', 'URLPattern', 'WebSocket', 'WebSocketPair', 'MessageChannel', 'MessagePort', 'Cloudflare', 'WebAssembly', 'caches', 'Intl', 'FinalizationRegistry', 'WeakRef', 'SharedArrayBuffer', 'Atomics', 'Iterator', 'Float16Array', 'DisposableStack', 'AsyncDisposableStack', 'SuppressedError']) cases['has ' + n] = () => typeof globalThis[n];
export default run(cases);
