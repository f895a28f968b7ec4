import '@xyflow/react/dist/base.css';
import './graph.css';
import { type ReactElement, useEffect, useMemo, useRef } from 'react';
import { Controls, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from '@xyflow/react';
import { type Graph, type RequestRecord, type Trouble } from '@lateen/observation';
import { useConnection } from '../api/use-connection';
import { usePoll } from '../api/use-poll';
import { useTroubles } from '../api/use-troubles';
import { setParams, usePlace } from '../lib/location';
import { Empty, Loaded } from '../ui/states';
import { useMedia } from '../ui/use-media';
import { isUnderWay } from '../workloads/restart-words';
import { useRestarts } from '../workloads/restarts';
import { DroppedHeaders } from './dropped-headers';
import { EdgePanel } from './edge-panel';
import { CallLine } from './flow-edge';
import { type Flow, flowOf, type FlowView } from './flow-model';
import { AppFrame, WorkloadBox } from './flow-node';
import { GraphBar, hiddenOf } from './graph-bar';
import { isFound, visibleGraph } from './model';
import { LastGraph } from './last-graph';
import { mendedIn } from './mended';
import { NodePanel } from './node-panel';
import { failuresWithin, problemsOf, troubleAt, troubleOf, troublesToShow } from './problems';
import { ProblemList } from './problem-list';
import { Replay } from './replay';
import { useLayout } from './use-layout';
import { tallView } from './viewport';

const NODE_TYPES = { workload: WorkloadBox, frame: AppFrame };
const EDGE_TYPES = { call: CallLine };
const REFRESH_MS = 2_000;
/** Beyond so many nodes only what is in sight is in the document. */
const MANY = 120;
/** Below this zoom labels are too small to read. */
const FAR = 0.42;

/** Of this tab. */
const lastGraph = new LastGraph();

/** Who calls whom, how much of it fails, and what needs attention. */
export function GraphView(): ReactElement {
  const { params } = usePlace();
  const at = params['at'];
  const query = `window=${params['window'] ?? '60'}${at === undefined ? '' : `&at=${at}`}`;
  const graph = usePoll<Graph>(`/api/graph?${query}`, at === undefined ? REFRESH_MS : 0);
  const isOffline = useConnection().state === 'offline';
  const { polled, note } = lastGraph.shown(graph, { isLive: at === undefined, isOffline });
  const troubles = useTroubles(true, at);
  // What fails is looked at more often: that it does no more is told by these.
  const fails = graph.data?.edges.some(({ rates }) => rates.errors > 0) === true;
  const failed = usePoll<{ readonly requests: readonly RequestRecord[] }>('/api/requests?failed=1&limit=300', fails ? 2_000 : 4_000);
  return (
    <Loaded polled={polled} what="the graph">
      {(data) => <GraphPage graph={data} note={note} failed={failuresWithin(failed.data?.requests ?? [], data)} troubles={troubles} />}
    </Loaded>
  );
}

function GraphPage({
  graph,
  note,
  failed,
  troubles,
}: {
  readonly graph: Graph;
  /** That this is not what was asked for. */
  readonly note?: string;
  readonly failed: readonly RequestRecord[];
  readonly troubles: readonly Trouble[];
}): ReactElement {
  const { params } = usePlace();
  const hidden = hiddenOf(params['hide']);
  const find = params['find'] ?? '';
  const selected = params['sel'] ?? '';
  const visible = useMemo(
    () =>
      visibleGraph(graph, {
        find,
        hideIdle: hidden.includes('idle'),
        hideHealthy: hidden.includes('healthy'),
        hiddenNamespaces: hidden.filter((h) => h.startsWith('ns:')).map((h) => h.slice(3)),
      }),
    [graph, find, hidden],
  );
  const asked = useRestarts();
  const restarting = useMemo(() => new Set([...asked].filter(([, one]) => isUnderWay(one)).map(([id]) => id)), [asked]);
  const problems = useMemo(() => problemsOf(graph, failed, troubles, restarting), [graph, failed, troubles, restarting]);
  const mended = useMemo(() => mendedIn(graph, failed, troubles), [graph, failed, troubles]);
  const shown = useMemo(() => troublesToShow(graph, failed, troubles), [graph, failed, troubles]);
  const node = graph.nodes.find((n) => `n:${n.id}` === selected);
  const edge = graph.edges.find((e) => `e:${e.id}` === selected);
  // Who opens with the keyboard goes on in what opens, and from there back to what was opened.
  const byKey = useRef(false);
  const close = (): void => {
    const opened = document.querySelector<HTMLElement>('.canvas button[aria-pressed="true"]');
    setParams({ sel: undefined }, false);
    // On a phone the graph is there again only then.
    requestAnimationFrame(() => opened?.focus({ preventScroll: true }));
  };
  return (
    <div
      className={`graph${node !== undefined || edge !== undefined ? ' open' : ''}`}
      onClickCapture={(event) => (byKey.current = event.detail === 0)}
    >
      <div className="graph-main">
        <GraphBar graph={graph} />
        <div className="notices">
          {note !== undefined && (
            <p className="note warn" role="status">
              {note}
            </p>
          )}
          <ProblemList problems={problems} />
          <DroppedHeaders />
        </div>
        <div className="canvas">
          {visible.nodes.length === 0 ? (
            <Empty title={graph.nodes.length === 0 ? 'No workload has joined the mesh yet' : 'Everything is hidden'}>
              <p>
                {graph.nodes.length === 0 ? 'Workloads appear here as their proxies connect.' : 'Change what is hidden in the bar above.'}
              </p>
            </Empty>
          ) : (
            <ReactFlowProvider>
              <Canvas graph={visible} view={{ find, selected, troubles: shown, mended, restarting }} />
            </ReactFlowProvider>
          )}
        </div>
        <Replay atMs={params['at'] === undefined ? undefined : Number(params['at'])} countedSinceMs={graph.countedSinceMs} />
      </div>
      {node !== undefined && (
        <NodePanel
          key={node.id}
          node={node}
          graph={graph}
          failed={failed}
          trouble={troubleOf(node, troubles)}
          focused={byKey.current}
          onClose={close}
        />
      )}
      {edge !== undefined && (
        <EdgePanel
          key={edge.id}
          edge={edge}
          seen={graph}
          failed={failed}
          trouble={troubleAt(edge, graph, troubles)}
          focused={byKey.current}
          onClose={close}
        />
      )}
    </div>
  );
}

function Canvas({
  graph,
  view: { find, selected, troubles, mended, restarting },
}: {
  readonly graph: Pick<Graph, 'nodes' | 'edges'>;
  readonly view: Omit<FlowView, 'down'>;
}): ReactElement {
  const down = useMedia('(max-width: 720px)');
  const { layout, key } = useLayout(graph, down ? 'down' : 'right');
  const before = useRef<Flow | undefined>(undefined);
  const flow = useMemo(() => {
    if (layout === undefined) return undefined;
    before.current = flowOf(graph, layout, { find, selected, down, troubles, mended, restarting }, before.current);
    return before.current;
  }, [graph, layout, find, selected, down, troubles, mended, restarting]);
  const { fitView, setViewport } = useReactFlow();
  const far = useStore((state) => state.transform[2] < FAR);
  const [width, height] = [useStore((state) => state.width), useStore((state) => state.height)];
  const ready = flow !== undefined;
  useEffect(() => {
    if (!ready) return undefined;
    // A panel that opens, a phone that is turned: what is left is filled again.
    const frame = requestAnimationFrame(() => {
      if (down && layout !== undefined) void setViewport(tallView(layout, { width, height }));
      else void fitView({ padding: 0.06, maxZoom: 1 });
    });
    return () => cancelAnimationFrame(frame);
  }, [key, ready, width, height, down, layout, fitView, setViewport]);
  const found =
    find.trim() === ''
      ? ''
      : graph.nodes
          .filter((n) => isFound(n, find))
          .map((n) => n.id)
          .join(' ');
  useEffect(() => {
    if (found !== '') void fitView({ nodes: found.split(' ').map((id) => ({ id })), padding: 0.3, maxZoom: 1, duration: 200 });
  }, [found, ready, fitView]);
  if (flow === undefined) return <Empty title="Laying out the graph…" />;
  return (
    <ReactFlow
      className={`${far ? 'far' : ''}${down ? ' down' : ''}`}
      nodes={flow.nodes as never}
      edges={flow.edges as never}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      fitView={!down}
      fitViewOptions={{ padding: 0.06, maxZoom: 1 }}
      minZoom={0.05}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      onlyRenderVisibleElements={flow.nodes.length > MANY}
      onPaneClick={() => setParams({ sel: undefined }, false)}
      proOptions={{ hideAttribution: true }}
    >
      <Controls showInteractive={false} position={down ? 'top-right' : 'bottom-left'} />
    </ReactFlow>
  );
}
