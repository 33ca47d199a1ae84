/** A route's path with its parameters in braces, as in `serverless.yml`: `/v1/products/{productId}`. */
type Template = string;

const PARAMETER = /\{(\w+)\}/g;

// A stage's name, or what a custom domain maps. Anything else could leave its place in `Link` or `Location`.
const BASE_PATH = String.raw`(?:/[\w.-]+)*`;

// A function has one template, the fallback all of them: each is compiled once.
const patterns = new Map<Template, RegExp>();

function patternOf(template: Template): RegExp {
  const known = patterns.get(template);
  if (known !== undefined) return known;
  const own = template.replaceAll('.', String.raw`\.`).replaceAll(PARAMETER, '[^/]+');
  const pattern = new RegExp(`^(?<basePath>${BASE_PATH})${own}$`);
  patterns.set(template, pattern);
  return pattern;
}

/**
 * What stands before a route's own path. Parameters are not read here: deployed, the path arrives decoded, so that
 * a `/` inside a parameter looks like one between two segments. @returns `undefined` if the path is not this route's
 */
export function findBasePath(template: Template, path: string): string | undefined {
  return patternOf(template).exec(path)?.groups?.['basePath'];
}

/** A path of this API as a URI reference (RFC 3986), below the base path of the request. */
export function formatPath(basePath: string, template: Template, parameters: Readonly<Record<string, string>> = {}): string {
  return basePath + template.replaceAll(PARAMETER, (_placeholder, name: string) => encodeURIComponent(parameters[name] ?? ''));
}

interface Route {
  readonly methods: readonly string[];
  readonly template: Template;
}

/** The methods a path takes; none if there is no such path. @param anyBasePath whether one may stand before it */
export function allowedMethods(routes: readonly Route[], path: string, anyBasePath: boolean): string[] {
  const isThere = ({ template }: Route) => {
    const basePath = findBasePath(template, path);
    // Below the root any path at all could be a base path.
    return basePath === '' || (basePath !== undefined && anyBasePath && template !== '/');
  };
  return routes.filter(isThere).flatMap(({ methods }) => methods);
}
