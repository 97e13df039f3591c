/** What a newcomer sees: nothing yet, and how to change that. */
export function FirstRequest() {
  const api = document.documentElement.dataset['api'] ?? '';
  return (
    <section class="empty">
      <h2>No request yet since the start</h2>
      <p>Paste this into a terminal, or run npm run demo there. The request appears here by itself.</p>
      <pre tabIndex={0}>{`curl -X POST ${api}/prior-auth/submit \\
  -H 'Content-Type: application/json' \\
  -d '{"member_id":"M12345","provider_npi":"1234567890","diagnosis_code":"Z00.00","requested_service":"ROUTINE_CHECKUP"}'`}</pre>
    </section>
  );
}
