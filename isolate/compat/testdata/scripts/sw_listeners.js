import { answer } from '../lib.js';
const seen = [];
addEventListener('fetch', (event) => { seen.push(1); });
addEventListener('fetch', { handleEvent(event) { seen.push(2); event.respondWith(answer({ 'both listeners': () => seen, 'order after': () => seen.length }, { event })); } });
addEventListener('fetch', (event) => { seen.push(3); });
