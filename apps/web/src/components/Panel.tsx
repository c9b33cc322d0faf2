'use client'

import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import classes from './Panel.module.css'

export type PanelTrigger = {
  ref: RefObject<HTMLButtonElement | null>
  onClick: () => void
  'aria-haspopup': 'dialog'
  'aria-expanded': boolean
}

/** Pixels between the button and its panel, and between the panel and the window's edge. */
const gap = 6

/**
 * A small dialog under the button that opens it. Escape, a click elsewhere or leaving it by keyboard closes it. It does
 * not use Mantine's positioning, which would make the first load of every page larger.
 * @param trigger draws the button; pass the given properties on to it.
 * @param children draws the content; `close` closes it and gives the focus back.
 */
export function Panel({
  label,
  width,
  align = 'start',
  trigger,
  children,
}: {
  label: string
  width: number
  align?: 'start' | 'end'
  trigger: (props: PanelTrigger) => ReactNode
  children: (close: () => void) => ReactNode
}) {
  const [place, setPlace] = useState<{ top: number; left: number } | null>(null)
  const button = useRef<HTMLButtonElement>(null)
  const box = useRef<HTMLDivElement>(null)
  const open = place !== null

  const close = () => {
    setPlace(null)
    button.current?.focus()
  }
  const toggle = () => {
    const rect = button.current?.getBoundingClientRect()
    if (open || !rect) return close()
    const wanted = align === 'start' ? rect.left : rect.right - width
    const left = Math.max(gap, Math.min(wanted, document.documentElement.clientWidth - width - gap))
    setPlace({ top: rect.bottom + gap, left })
  }

  useEffect(() => {
    if (!open) return
    box.current?.showPopover()
    const first = box.current?.querySelector<HTMLElement>('[data-autofocus], input, button, a[href]')
    ;(first ?? box.current)?.focus()
    const ends = new AbortController()
    const leave = (event: Event) => {
      const to = event.target
      const inside = to instanceof Node && (box.current?.contains(to) || button.current?.contains(to))
      if (!inside) setPlace(null)
    }
    const listen = { signal: ends.signal, capture: true }
    document.addEventListener('pointerdown', leave, listen)
    document.addEventListener('focusin', leave, listen)
    window.addEventListener('resize', () => setPlace(null), listen)
    return () => ends.abort()
  }, [open])

  return (
    <>
      {trigger({ ref: button, onClick: toggle, 'aria-haspopup': 'dialog', 'aria-expanded': open })}
      {place && (
        <div
          ref={box}
          // In the top layer its position is relative to the window. Inside a drawer it would otherwise be relative to
          // the drawer, because a drawer has a transform.
          popover="manual"
          role="dialog"
          aria-label={label}
          tabIndex={-1}
          className={classes.panel}
          style={{ ...place, width }}
          // A drawer around it closes on Escape too, unless the focused element has this attribute.
          onFocus={(event) => event.target.setAttribute('data-mantine-stop-propagation', 'true')}
          onKeyDown={(event) => {
            if (event.key === 'Escape') close()
          }}
        >
          {children(close)}
        </div>
      )}
    </>
  )
}
