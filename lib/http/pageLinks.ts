/** What `Link` needs to know of a page. */
export interface PagePosition {
  readonly page: number;
  readonly totalPages: number;
}

/**
 * `Link` (RFC 8288) of a page: `first`, `prev`, `next`, `last`, as they apply. Targets are the path, and the query
 * of the request with another `page`. @param path a URI reference, with the base path of the request
 * @returns `undefined` for an empty result, which has no pages to link to
 */
export function formatPageLinks(path: string, rawQuery: string, { page, totalPages }: PagePosition): string | undefined {
  if (totalPages === 0) return undefined;
  const linkTo = (target: number, relation: string) => {
    const query = new URLSearchParams(rawQuery);
    query.set('page', String(target));
    return `<${path}?${query.toString()}>; rel="${relation}"`;
  };
  const links = [linkTo(1, 'first')];
  if (page > 1) links.push(linkTo(Math.min(page - 1, totalPages), 'prev'));
  if (page < totalPages) links.push(linkTo(page + 1, 'next'));
  links.push(linkTo(totalPages, 'last'));
  return links.join(', ');
}
