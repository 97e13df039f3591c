import { Tracer } from '@aws-lambda-powertools/tracer';
import { SERVICE } from '../contract/catalogue.ts';

/** What X-Ray is told of a request; nothing else ever is. */
export interface Annotations {
  readonly requestId: string | undefined;
  readonly httpStatus: number;
  readonly coldStart: boolean;
  readonly traceId: string;
}

/**
 * The manual interface only: the tracer's decorator and middleware would put answers and errors, and so PHI, into
 * X-Ray, and its default patches `http`.
 */
export function createSubsegments(): (name: string) => (annotations: Annotations) => void {
  const tracer = new Tracer({ serviceName: SERVICE, captureHTTPsRequests: false });
  return (name) => {
    const subsegment = tracer.getSegment()?.addNewSubsegment(name);
    return ({ requestId, httpStatus, coldStart, traceId }) => {
      if (requestId !== undefined) subsegment?.addAnnotation('request_id', requestId);
      subsegment?.addAnnotation('http_status', httpStatus);
      subsegment?.addAnnotation('cold_start', coldStart);
      subsegment?.addAnnotation('otel_trace_id', traceId);
      subsegment?.close();
    };
  };
}
