// `POST /prior-auth/submit` with the same SQL as ours. PORT is any free one, told on standard output; STATEMENTS are those of bench/submit/statements.ts.
const fastify = require('fastify');
const { Pool } = require('pg');
const prometheus = require('prom-client');

const { nextId, insert, parameters, recordedId } = JSON.parse(process.env.STATEMENTS);
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.CONNECTIONS) });
const requests = new prometheus.Counter({ name: 'requests_total', help: 'Requests.', labelNames: ['status'] });
const duration = new prometheus.Histogram({ name: 'duration_seconds', help: 'Duration.', labelNames: ['status'] });
prometheus.collectDefaultMetrics();

const app = fastify({ logger: { stream: process.stderr } });
const text = { type: 'string', minLength: 1, maxLength: 128 };
const fields = { member_id: text, provider_npi: text, diagnosis_code: text, requested_service: text };
const body = { type: 'object', properties: fields, required: Object.keys(fields), additionalProperties: false };

app.post('/prior-auth/submit', { schema: { body } }, async (request, reply) => {
  const end = duration.startTimer();
  const { rows } = await pool.query({ name: 'next-id', text: nextId });
  const id = rows[0].id;
  // As parametersOf of bench/submit/statements.ts; this driver wants JSON as text.
  const values = parameters.map((value) => {
    if (value === recordedId) return id;
    return typeof value === 'object' ? JSON.stringify(value.map((row) => ({ ...row, request_id: id }))) : value;
  });
  await pool.query({ name: 'insert', text: insert, values });
  requests.inc({ status: 'success' });
  end({ status: 'success' });
  return reply.code(201).send({ id: Number(rows[0].id), ...request.body, status: 'pending' });
});
app.get('/metrics', async (_, reply) =>
  reply.type(prometheus.register.contentType).send(await prometheus.register.metrics()),
);

app.listen({ port: 0, host: '127.0.0.1' }).then((address) => process.stdout.write(`${address}\n`));
