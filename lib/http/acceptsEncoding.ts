/** Whether an `Accept-Encoding` names a coding (RFC 9110, 12.5.3) and does not refuse it; `*` is not relied on. */
export function acceptsEncoding(field: string | undefined, coding: string): boolean {
  return (field ?? '').split(',').some((member) => {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return name === coding && Number(weight) > 0;
  });
}
