import { describe, expect, it } from 'vitest';
import { shareResponses } from '../../../openapi/shareResponses.ts';

describe('shareResponses', () => {
  const [one, two] = [{ description: 'one' }, { description: 'two' }];

  it('names what several operations answer, and leaves the rest where it is', () => {
    const { paths, responses } = shareResponses({
      '/a': { get: { responses: { 404: one, 200: two } }, post: { responses: { 404: one } } },
    });
    expect(responses).toEqual({ NotFound: one });
    expect(paths).toEqual({
      '/a': {
        get: { responses: { 404: { $ref: '#/components/responses/NotFound' }, 200: two } },
        post: { responses: { 404: { $ref: '#/components/responses/NotFound' } } },
      },
    });
  });

  it('gives two answers of one status two names', () => {
    const operation = (answer: object) => ({ get: { responses: { 404: { ...answer } } } });
    const { responses } = shareResponses({ '/a': operation(one), '/b': operation(one), '/c': operation(two), '/d': operation(two) });
    expect(responses).toEqual({ NotFound: one, NotFound2: two });
  });
});
