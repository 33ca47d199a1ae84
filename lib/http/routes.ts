export type Scope = 'devices:read' | 'devices:write' | 'devices:credentials';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Whether HEAD is answered as GET is, without the body. */
  readonly answersHead?: boolean;
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
  getHealth: { method: 'GET', answersHead: true, template: '/v1/health', scopes: [] },
  getOpenApi: { method: 'GET', answersHead: true, template: '/openapi.json', scopes: [] },
  getDocs: { method: 'GET', answersHead: true, template: '/docs', scopes: [] },
  getRoot: { method: 'GET', template: '/', scopes: [] },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

/** The methods a route takes, as `Allow` names them. */
export function methodsOf({ method, answersHead = false }: Route): string[] {
  return answersHead ? [method, 'HEAD'] : [method];
}

/** The names of the parameters in a route's path. */
export function parameterNamesOf({ template }: Route): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

// A stage's name, or what a custom domain maps. Anything else could leave its place in `Link` or `Location`.
const BASE_PATH = String.raw`(?:/[\w.-]+)*`;

function toPattern({ template }: Route): RegExp {
  const own = template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^(?<basePath>${BASE_PATH})${own}$`);
}

const patterns = new Map<Route, RegExp>(Object.values(routes).map((route) => [route, toPattern(route)]));

/**
 * What stands before a route's own path. Parameters are not read here: deployed, the path arrives decoded, so that
 * a `/` in one could not be told from one between two. @returns `undefined` if the path is not this route's
 */
export function findBasePath(route: Route, path: string): string | undefined {
  return patterns.get(route)?.exec(path)?.groups?.['basePath'];
}

/** A path of this API as a URI reference (RFC 3986), below the base path of the request. */
export function formatPath(basePath: string, { template }: Route, parameters: Readonly<Record<string, string>> = {}): string {
  return basePath + template.replaceAll(/\{(\w+)\}/g, (_placeholder, name: string) => encodeURIComponent(parameters[name] ?? ''));
}

/** The methods a path takes; none if there is no such path. @param anyBasePath whether one may stand before it */
export function allowedMethods(path: string, anyBasePath: boolean): string[] {
  const isThere = (route: Route) => {
    const basePath = findBasePath(route, path);
    // Below the root any path at all could be a base path.
    return basePath === '' || (basePath !== undefined && anyBasePath && route.template !== '/');
  };
  return Object.values(routes).filter(isThere).flatMap(methodsOf);
}
