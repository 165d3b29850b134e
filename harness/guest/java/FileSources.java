import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Collection;
import java.util.Iterator;
import org.apache.flink.connector.file.src.AbstractFileSource;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.FileSourceSplitSerializer;
import org.apache.flink.connector.file.src.PendingSplitsCheckpoint;
import org.apache.flink.connector.file.src.PendingSplitsCheckpointSerializer;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;

/** The sources of a job that read files: which folders, and how far a checkpoint says that they have come. */
class FileSources {
  /** [[path, operator's id, whether it is looked at again and again, whether checkpoints say how far it is], ...]. */
  static String of(StreamGraph graph, Operators operators) throws Exception {
    StringBuilder out = new StringBuilder("[");
    Iterator nodes = graph.getStreamNodes().iterator();
    while (nodes.hasNext()) {
      StreamNode node = (StreamNode) nodes.next();
      String id = operators.id(node);
      Object factory = node.getOperatorFactory();
      Object source = factory == null ? null : Live.field(factory, "source");
      if (source instanceof AbstractFileSource) {
        boolean monitored = ((AbstractFileSource) source).getContinuousEnumerationSettings() != null;
        Path[] paths = (Path[]) Live.field(source, "inputPaths");
        for (int i = 0; i < paths.length; i++) add(out, paths[i].getPath(), id, monitored, true);
        continue;
      }
      // What `readFile` and `readTextFile` of Flink 1 are made of.
      Object operator = factory == null ? null : Live.field(factory, "operator");
      Object function = operator == null ? null : Live.field(operator, "userFunction");
      if (function != null && function.getClass().getSimpleName().equals("ContinuousFileMonitoringFunction")) {
        boolean monitored = Live.field(function, "watchType").toString().equals("PROCESS_CONTINUOUSLY");
        add(out, new Path((String) Live.field(function, "path")).getPath(), id, monitored, false);
      }
    }
    return out.append("]").toString();
  }

  static void add(StringBuilder out, String path, String id, boolean monitored, boolean followed) {
    if (out.length() > 1) out.append(",");
    out.append("[").append(Text.quote(path)).append(",").append(Text.quote(id)).append(",").append(monitored)
        .append(",").append(followed).append("]");
  }

  /** What the enumerator of an operator has found, or null where it is none of files. */
  static PendingSplitsCheckpoint enumerator(OperatorState state) {
    ByteStreamStateHandle handle = state.getCoordinatorState();
    if (handle == null) return null;
    try {
      // SourceCoordinatorSerdeUtils: its own version, the serializer's, the length.
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(handle.getData()));
      in.readInt();
      int version = in.readInt();
      byte[] bytes = new byte[in.readInt()];
      in.readFully(bytes);
      SimpleVersionedSerializer splits = FileSourceSplitSerializer.INSTANCE;
      SimpleVersionedSerializer serializer = new PendingSplitsCheckpointSerializer(splits);
      // It begins with a magic number of its own.
      return (PendingSplitsCheckpoint) serializer.deserialize(version, bytes);
    } catch (Exception another) {
      return null;
    }
  }

  /** Adds the paths of splits that no reader has yet. */
  static void waiting(PendingSplitsCheckpoint enumerator, Collection open) {
    Iterator splits = enumerator.getSplits().iterator();
    while (splits.hasNext()) open.add(((FileSourceSplit) splits.next()).path().getPath());
  }

  /** Adds the paths of splits that a reader is at. */
  static void reading(OperatorStateHandle handle, long[] at, Collection open) throws Exception {
    SimpleVersionedSerializer serializer = FileSourceSplitSerializer.INSTANCE;
    FSDataInputStream stream = handle.openInputStream();
    try {
      for (int i = 0; i < at.length; i++) {
        byte[] element = Checkpoint.element(stream, at[i], Integer.MAX_VALUE);
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(element));
        int version = in.readInt();
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        open.add(((FileSourceSplit) serializer.deserialize(version, bytes)).path().getPath());
      }
    } finally {
      stream.close();
    }
  }

  static String found(PendingSplitsCheckpoint enumerator) {
    return paths(enumerator.getAlreadyProcessedPaths());
  }

  /** Paths, or texts, as a list in JSON. */
  static String paths(Collection paths) {
    StringBuilder out = new StringBuilder("[");
    Iterator it = paths.iterator();
    while (it.hasNext()) {
      Object path = it.next();
      if (out.length() > 1) out.append(",");
      out.append(Text.quote(path instanceof Path ? ((Path) path).getPath() : (String) path));
    }
    return out.append("]").toString();
  }
}
