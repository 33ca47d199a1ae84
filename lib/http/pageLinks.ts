/** What `Link` needs to know of a page. */
export interface PagePosition {
  readonly page: number;
  readonly totalPages: number;
}

/** A link to the path, with the query of the request but for one parameter. @param path a URI reference, with the base path of the request */
function formatLink(path: string, rawQuery: string, [name, value]: readonly [string, string], relation: string): string {
  const query = new URLSearchParams(rawQuery);
  query.set(name, value);
  return `<${path}?${query.toString()}>; rel="${relation}"`;
}

/**
 * `Link` (RFC 8288) of a page: `first`, `prev`, `next`, `last`, as they apply.
 * @returns `undefined` for an empty result, which has no pages to link to
 */
export function formatPageLinks(path: string, rawQuery: string, { page, totalPages }: PagePosition): string | undefined {
  if (totalPages === 0) return undefined;
  const linkTo = (target: number, relation: string) => formatLink(path, rawQuery, ['page', String(target)], relation);
  const links = [linkTo(1, 'first')];
  if (page > 1) links.push(linkTo(Math.min(page - 1, totalPages), 'prev'));
  if (page < totalPages) links.push(linkTo(page + 1, 'next'));
  links.push(linkTo(totalPages, 'last'));
  return links.join(', ');
}

/** `Link` of a page of a list, which knows its `next` alone. @returns `undefined` on the last page */
export function formatNextLink(path: string, rawQuery: string, cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : formatLink(path, rawQuery, ['cursor', cursor], 'next');
}
