/** A line on the terminal that says what is waited for, and goes away when something else is printed. */
export interface Progress {
  show(waitingFor: string): void;
  clear(): void;
}

const ERASE_LINE = '\r\u001b[K';

/** Silent where nobody watches: the stream is a file or a pipe. */
export function createProgress(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>): Progress {
  let isShown = false;
  return {
    show(waitingFor) {
      if (!stream.isTTY) return;
      stream.write(`${ERASE_LINE}  … waiting for ${waitingFor}`);
      isShown = true;
    },
    clear() {
      if (isShown) stream.write(ERASE_LINE);
      isShown = false;
    },
  };
}
