import java.util.Map;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamGraphHasherV2;
import org.apache.flink.streaming.api.graph.StreamNode;

/** The ids that a cluster will know the operators of a job by. */
class Operators {
  final Map hashes;

  Operators(StreamGraph graph) throws Exception {
    hashes = new StreamGraphHasherV2().traverseStreamGraphAndGenerateHashes(graph);
    // Flink 2 sends this cache along, and the cluster cannot read the user's classes in it.
    Map cache = (Map) Live.field(graph, "nodeToHeadOperatorCache");
    if (cache != null) cache.clear();
  }

  String id(StreamNode node) {
    // `setUidHash` gives the id itself.
    if (node.getUserHash() != null) return node.getUserHash();
    return new OperatorID((byte[]) hashes.get(Integer.valueOf(node.getId()))).toString();
  }
}
