import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SourceOperatorFactory;

/** Where the watermarks of a job come from, as its graph says. */
class EventTime {
  /** The ids of operators that make watermarks of their own, and forward none. */
  final Set makers = new HashSet();
  /** The ids of operators that no watermark can reach: they hold back nobody. */
  final Set without = new HashSet();
  /** [[operator's name, its id, makes watermarks, none can reach it, [ids of the sources before it]], ...]. */
  final StringBuilder told = new StringBuilder("[");

  EventTime(StreamGraph graph, Operators operators) throws Exception {
    Map reached = new HashMap();
    Map sources = new HashMap();
    Iterator nodes = graph.getStreamNodes().iterator();
    while (nodes.hasNext()) {
      StreamNode node = (StreamNode) nodes.next();
      String id = operators.id(node);
      if (makes(node)) makers.add(id);
      if (!reached(graph, node, reached)) without.add(id);
      if (told.length() > 1) told.append(",");
      told.append("[").append(Text.quote(node.getOperatorName())).append(",").append(Text.quote(id)).append(",")
          .append(makers.contains(id)).append(",").append(without.contains(id)).append(",")
          .append(FileSources.paths(sources(graph, operators, node, sources))).append("]");
    }
    told.append("]");
  }

  /** The ids of the sources before an operator; of a source its own. */
  static Set sources(StreamGraph graph, Operators operators, StreamNode node, Map known) {
    Set found = (Set) known.get(Integer.valueOf(node.getId()));
    if (found != null) return found;
    found = new TreeSet();
    if (node.getInEdges().isEmpty()) found.add(operators.id(node));
    Iterator edges = node.getInEdges().iterator();
    while (edges.hasNext()) {
      Integer before = Integer.valueOf(((StreamEdge) edges.next()).getSourceId());
      found.addAll(sources(graph, operators, graph.getStreamNode(before), known));
    }
    known.put(Integer.valueOf(node.getId()), found);
    return found;
  }

  static boolean reached(StreamGraph graph, StreamNode node, Map known) throws Exception {
    Object before = known.get(Integer.valueOf(node.getId()));
    if (before != null) return ((Boolean) before).booleanValue();
    boolean found = node.getInEdges().isEmpty() ? begins(node) : makes(node);
    Iterator edges = node.getInEdges().iterator();
    while (!found && edges.hasNext()) {
      found = reached(graph, graph.getStreamNode(Integer.valueOf(((StreamEdge) edges.next()).getSourceId())), known);
    }
    known.put(Integer.valueOf(node.getId()), Boolean.valueOf(found));
    return found;
  }

  /** Whether a source gives watermarks; one that is not known may. */
  static boolean begins(StreamNode node) throws Exception {
    if (!(node.getOperatorFactory() instanceof SourceOperatorFactory)) return true;
    Object strategy = Live.field(node.getOperatorFactory(), "watermarkStrategy");
    if (strategy == null) return false;
    try {
      Object generator = ((WatermarkStrategy) strategy).createWatermarkGenerator(null);
      return !generator.getClass().getSimpleName().equals("NoWatermarksGenerator");
    } catch (Exception needsContext) {
      return true;
    }
  }

  /** Whether an operator behind a source makes watermarks: of a DataStream, and of SQL. */
  static boolean makes(StreamNode node) throws Exception {
    Object factory = node.getOperatorFactory();
    if (factory == null || node.getInEdges().isEmpty()) return false;
    String name = factory.getClass().getSimpleName();
    if (name.equals("WatermarkAssignerOperatorFactory")) return true;
    // Of Flink 2; before, it is an operator in a factory of any.
    if (name.equals("TimestampsAndWatermarksOperatorFactory")) return true;
    Object operator = Live.field(factory, "operator");
    return operator != null && operator.getClass().getSimpleName().equals("TimestampsAndWatermarksOperator");
  }
}
