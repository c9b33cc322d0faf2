'use client'

import { useSearchParams } from 'next/navigation'
import { useCallback } from 'react'

export type UrlPatch = Record<string, string | null>
export type SetUrlParams = (patch: UrlPatch, options?: { replace?: boolean }) => void

/** Begins the parameter with the ids of the sections that a person unfolded, `sections-open`. */
export const sectionsPrefix = 'sections-'

/** The query string after a patch: null and '' remove a parameter. */
export function patchedSearch(search: string, patch: UrlPatch): string {
  const params = new URLSearchParams(search)
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === '') params.delete(key)
    else params.set(key, value)
  }
  const text = params.toString()
  return text ? `?${text}` : ''
}

/**
 * The page's state in the URL's query, so that a link shows a colleague the same page and the Back button works.
 * `set` adds a step to the history; with `replace` (typing into a filter) it does not. It sends nothing to the server.
 */
export function useUrlParams(): { get: (key: string) => string | null; set: SetUrlParams } {
  const params = useSearchParams()
  const get = useCallback((key: string) => params.get(key), [params])
  const set = useCallback<SetUrlParams>((patch, options) => {
    // Read the URL as it is now, not as it was rendered: two calls in one event must not undo each other.
    const next = patchedSearch(window.location.search, patch)
    if (next === window.location.search) return
    const url = `${window.location.pathname}${next}${window.location.hash}`
    if (options?.replace) window.history.replaceState(null, '', url)
    else window.history.pushState(null, '', url)
  }, [])
  return { get, set }
}

/** One parameter of {@link useUrlParams}. If it is absent, it is `fallback`, which is never written to the URL. */
export function useUrlParam<T extends string>(
  key: string,
  fallback: T,
): [T, (value: T | null, options?: { replace?: boolean }) => void] {
  const { get, set } = useUrlParams()
  const setOne = useCallback(
    (value: T | null, options?: { replace?: boolean }) => set({ [key]: value === fallback ? null : value }, options),
    [key, fallback, set],
  )
  return [(get(key) ?? fallback) as T, setOne]
}

/** A parameter that is one of `choices`. A link with any other value shows the first. */
export function useUrlChoice<T extends string>(
  key: string,
  choices: readonly [T, ...T[]],
): [T, (value: T, options?: { replace?: boolean }) => void] {
  const [text, setText] = useUrlParam<string>(key, choices[0])
  const value = choices.find((choice) => choice === text) ?? choices[0]
  return [value, setText]
}
