import type { Tree } from '@lezer/common'

/** A node of the syntax tree. There are no comments among the children, although the grammar allows them anywhere. */
export type Node = {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly children: readonly Node[]
}

type OpenNode = Node & { children: Node[] }
/** Of all leaves, which are most nodes. */
const noChildren: Node[] = []

/** Makes the nodes in one walk: to go from one of Lezer's own nodes to the next takes 2 µs. @returns the top node. */
export function nodesOf(tree: Tree): Node {
  const { name, from, to } = tree.topNode
  const open: OpenNode[] = []
  let top: OpenNode = { name, from, to, children: noChildren }
  tree.iterate({
    enter({ name, from, to }) {
      const node = { name, from, to, children: noChildren }
      const parent = open.at(-1)
      if (!parent) top = node
      else if (name !== 'LineComment') {
        if (parent.children === noChildren) parent.children = [node]
        else parent.children.push(node)
      }
      open.push(node)
    },
    leave() {
      open.pop()
    },
  })
  return top
}
