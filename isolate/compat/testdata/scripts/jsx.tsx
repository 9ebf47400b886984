/** @jsx h */
/** @jsxFrag Fragment */
import { run } from '../lib.js';
const Fragment = 'fragment';
const h = (tag: any, props: any, ...children: any[]) => (typeof tag === 'function' ? tag({ ...props, children }) : { tag, props, children });
const Item = ({ n, children }: any) => <li data-n={n}>{children}</li>;
export default run({
  'elements': () => <div className="a" {...{ b: 1 }}>text {1 + 1} <br /></div>,
  'components': () => <Item n={5}>x &amp; y</Item>,
  'fragments': () => <><a /><b /></>,
  'expressions': () => <p>{[1, 2].map((x) => <i>{x}</i>)}{null}{false}</p>,
  'whitespace': () => <p>
    two
    lines
  </p>,
} as any);
