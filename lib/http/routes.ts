export type Scope = 'devices:read' | 'devices:write' | 'devices:credentials';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** As in `serverless.yml`; a test holds the two together. */
  readonly template: string;
  /** What the caller's token must grant; none on a public route. */
  readonly scopes: readonly Scope[];
}

const TASKS = '/v1/products/{productId}/device-tasks';

export const routes = {
  createDeviceTask: { method: 'POST', template: TASKS, scopes: ['devices:write'] },
  getDeviceTask: { method: 'GET', template: `${TASKS}/{taskId}`, scopes: ['devices:read'] },
  getDeviceResults: { method: 'GET', template: `${TASKS}/{taskId}/devices`, scopes: ['devices:read'] },
  getHealth: { method: 'GET', template: '/v1/health', scopes: [] },
  getOpenApi: { method: 'GET', template: '/openapi.json', scopes: [] },
  getDocs: { method: 'GET', template: '/docs', scopes: [] },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

export interface PathMatch {
  /** What stands before the template: a stage or a base path. */
  readonly basePath: string;
  /** Percent-decoded once. */
  readonly parameters: Readonly<Record<string, string>>;
}

function toPattern({ template }: Route): RegExp {
  const pattern = template.replaceAll('.', String.raw`\.`).replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]*)');
  return new RegExp(`^(?<basePath>.*?)${pattern}$`);
}

const patterns = new Map<Route, RegExp>(Object.values(routes).map((route) => [route, toPattern(route)]));

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // Its stray `%` fails the parameter's own check.
  }
}

/** Reads a path by a route's template. @returns `undefined` where it is another's */
export function matchPath(route: Route, path: string): PathMatch | undefined {
  const match = patterns.get(route)?.exec(path);
  if (match?.groups === undefined) return undefined;
  const { basePath = '', ...segments } = match.groups;
  const decoded = Object.entries(segments).map(([name, segment]) => [name, decodeSegment(segment)]);
  return { basePath, parameters: Object.fromEntries(decoded) };
}

/** The methods a path takes; none where there is no such path. @param anyBasePath whether one may stand before it */
export function allowedMethods(path: string, anyBasePath: boolean): string[] {
  const isThere = (route: Route) => {
    const match = matchPath(route, path);
    if (match === undefined || Object.values(match.parameters).includes('')) return false; // as API Gateway sees it
    return match.basePath === '' || anyBasePath;
  };
  return Object.values(routes).filter(isThere).map((route) => route.method);
}
