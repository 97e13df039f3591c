/** Says what does not work, to eyes and to screen readers; nothing in health. */
export function Failure({ message }: { message: string | undefined }) {
  return (
    <div role="alert" class={message === undefined ? 'visually-hidden' : 'failure'}>
      {message}
    </div>
  );
}
