import type { Problem } from './types'

/** What the API refused, or that it could not be reached (status 0, code "network"). */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title)
  }

  get status(): number {
    return this.problem.status
  }

  get code(): string {
    return this.problem.code
  }

  /** Whether the same request may succeed later without anybody changing it. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

export function networkError(): ApiError {
  return new ApiError({ title: 'Network', status: 0, code: 'network', detail: '' })
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return new ApiError({ title: 'Error', status: 0, code: 'network', detail: '' })
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value
}

/** Reads a refused response's body; a proxy's HTML page becomes a plain problem of that status. */
export function problemOf(response: Response, body: unknown): Problem {
  if (isProblem(body)) {
    const retry = Number(response.headers.get('Retry-After'))
    return { ...body, status: response.status, ...(retry > 0 && body.retry_after === undefined ? { retry_after: retry } : {}) }
  }
  const code = response.status >= 500 ? 'unavailable' : response.status === 401 ? 'unauthorized' : 'invalid'
  return { title: response.statusText, status: response.status, code, detail: '' }
}
