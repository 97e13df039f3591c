import { Fragment } from 'preact';

/** A name that, where it does not fit, goes on below after a `_`, `/` or `.` and not amid a word. */
export function Breakable({ name }: { name: string }) {
  const words = name.split(/(?<=[_/.])/);
  return words.map((word, index) => (
    <Fragment key={index}>
      {index === 0 ? null : <wbr />}
      {word}
    </Fragment>
  ));
}
