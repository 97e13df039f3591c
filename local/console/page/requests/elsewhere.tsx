import { useEffect, useState } from 'preact/hooks';
import * as z from 'zod/mini';
import { isRequestId } from '../../../../functions/contract/request-id.ts';
import { Link } from '../location.tsx';
import { read } from '../read.ts';

const Lines = z.array(z.object({ trace_id: z.string() }));

/** Where to look for an id that no stored trace has: the log and the audit trail outlive the traces. */
export function Elsewhere({ id }: { id: string }) {
  const traceID = useTraceOf(id);
  if (traceID === undefined) return null;
  return (
    <p class="elsewhere">
      No stored trace has this id, but there is more than traces:{' '}
      <Link href={`/trace/${traceID}`}>audit trail and log of {id}</Link>
    </p>
  );
}

/** The trace of an id: itself, or that of the oldest line in the log that has it, which is that of its submit. */
function useTraceOf(id: string): string | undefined {
  const [found, setFound] = useState<{ id: string; traceID: string | undefined }>();
  useEffect(() => {
    const requestID = id.toUpperCase();
    if (!isRequestId(requestID)) return;
    void read(Lines, `/api/logs?limit=1000&requestID=${requestID}`)
      .catch(() => [])
      .then((lines) => setFound({ id, traceID: lines.at(-1)?.trace_id }));
  }, [id]);
  if (/^[0-9a-f]{32}$/i.test(id)) return id.toLowerCase();
  return found?.id === id ? found.traceID : undefined;
}
