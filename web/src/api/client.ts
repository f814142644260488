import createClient from 'openapi-fetch'
import { observeServerDate } from '../lib/clock'
import { ApiError, networkError, problemOf } from './errors'
import type { paths } from './schema'

/** Typed by api/openapi.yaml: `call(api.GET('/conversations/{id}', { params: { path: { id } } }))`. */
export const api = createClient<paths>({ baseUrl: '/api/v1', credentials: 'same-origin' })

let onSignedOut: () => void = () => undefined

/** Called when the API answers 401: the session is over. */
export function setSignedOutHandler(handler: () => void): void {
  onSignedOut = handler
}

type Result<T> = { data?: T; error?: unknown; response: Response }

/** Unwraps a response: the body, or an ApiError thrown. */
export async function call<T>(request: Promise<Result<T>>): Promise<T> {
  let result: Result<T>
  try {
    result = await request
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw networkError()
  }
  observeServerDate(result.response.headers.get('Date'))
  if (result.response.ok) return result.data as T
  const problem = problemOf(result.response, result.error)
  if (problem.status === 401 && !result.response.url.endsWith('/api/v1/session')) onSignedOut()
  throw new ApiError(problem)
}
