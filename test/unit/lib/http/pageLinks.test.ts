import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatNextLink, formatPageLinks } from '../../../../lib/http/pageLinks.ts';

const path = '/iot/v1/products/P/device-tasks/T/devices';

function parseLinks(field: string | undefined): Record<string, string> {
  const links = (field ?? '').split(', ').map((link) => /^<([^<>]*)>; rel="(\w+)"$/.exec(link));
  return Object.fromEntries(links.map((match) => [match?.[2] ?? 'unreadable', match?.[1] ?? '']));
}

it('links the page in the middle to all its neighbours, on the path and query of the request', () => {
  expect(formatPageLinks(path, 'page=2&pageSize=3&status=failed', { page: 2, totalPages: 4 })).toBe(
    [
      `<${path}?page=1&pageSize=3&status=failed>; rel="first"`,
      `<${path}?page=1&pageSize=3&status=failed>; rel="prev"`,
      `<${path}?page=3&pageSize=3&status=failed>; rel="next"`,
      `<${path}?page=4&pageSize=3&status=failed>; rel="last"`,
    ].join(', '),
  );
});

it.each([
  [1, 1, ['first', 'last']],
  [1, 2, ['first', 'next', 'last']],
  [2, 2, ['first', 'prev', 'last']],
])('links page %i of %i to what there is', (page, totalPages, relations) => {
  expect(Object.keys(parseLinks(formatPageLinks(path, '', { page, totalPages })))).toEqual(relations);
});

it('leads from a page past the end back to the last one', () => {
  const links = parseLinks(formatPageLinks(path, 'page=9', { page: 9, totalPages: 2 }));
  expect(links['prev']).toBe(`${path}?page=2`);
  expect(links).not.toHaveProperty('next');
});

it('links nowhere from an empty result', () => {
  expect(formatPageLinks(path, 'page=1', { page: 1, totalPages: 0 })).toBeUndefined();
});

it('keeps every other parameter and stays in the range of pages, whatever was asked', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      fc.integer({ min: 1, max: 10_000 }),
      fc.uniqueArray(fc.tuple(fc.constantFrom('pageSize', 'status', 'include'), fc.string()), { selector: ([name]) => name }),
      (page, totalPages, others) => {
        const query = new URLSearchParams([['page', String(page)], ...others]).toString();
        const links = Object.values(parseLinks(formatPageLinks(path, query, { page, totalPages })));
        for (const link of links) {
          const target = new URL(link, 'https://host.test');
          expect(target.pathname).toBe(path);
          expect([...target.searchParams].filter(([name]) => name !== 'page')).toEqual(others);
          const linked = Number(target.searchParams.get('page'));
          expect(linked >= 1 && linked <= totalPages).toBe(true);
        }
      },
    ),
  );
});

it('leads from a page of a list to the next by its cursor, whatever else was asked, and from the last nowhere', () => {
  expect(formatNextLink(path, 'pageSize=2&cursor=a', 'b_-')).toBe(`<${path}?pageSize=2&cursor=b_->; rel="next"`);
  expect(formatNextLink(path, '', 'b')).toBe(`<${path}?cursor=b>; rel="next"`);
  expect(formatNextLink(path, 'cursor=a', undefined)).toBeUndefined();
});
