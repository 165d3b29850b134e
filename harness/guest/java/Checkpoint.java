import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.FileInputStream;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.connector.file.src.PendingSplitsCheckpoint;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StateObject;

/**
 * What a completed checkpoint proves: next offsets per source operator, and all that is still in flight.
 *
 * State names are Flink's own: SourceReaderState (SourceOperator), _async_wait_operator_state_
 * (AsyncWaitOperator), writer_raw_states (SinkWriterStateHandler; AsyncSinkWriter's buffered requests begin
 * with the identifier -1 and their count, BufferedRequestState's serialised form), bucket-states and
 * streaming_committer_raw_states (sinks of files).
 */
class Checkpoint {
  /** What LocalRecoverableWriter calls a file that is not final yet. */
  static final Pattern PART = Pattern.compile("\\.inprogress\\.([0-9a-f-]{36})");

  final Set parts = new TreeSet();
  final Set kept = new TreeSet();
  final StringBuilder operators = new StringBuilder();
  String path;

  static String read(String path) throws Exception {
    return new Checkpoint().load(path);
  }

  String load(String path) throws Exception {
    DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(path)));
    CheckpointMetadata metadata;
    try {
      metadata = Checkpoints.loadCheckpointMetadata(in, Checkpoint.class.getClassLoader(), path);
    } finally {
      in.close();
    }
    Iterator states = metadata.getOperatorStates().iterator();
    while (states.hasNext()) {
      if (operators.length() > 0) operators.append(",");
      operator((OperatorState) states.next());
    }
    return "{\"id\":" + metadata.getCheckpointId() + ",\"operators\":[" + operators + "],\"parts\":"
        + FileSources.paths(parts) + ",\"kept\":" + FileSources.paths(kept) + "}";
  }

  void operator(OperatorState state) throws Exception {
    StringBuilder offsets = new StringBuilder();
    long async = 0;
    long buffered = 0;
    long channels = 0;
    Set open = new TreeSet();
    PendingSplitsCheckpoint files = FileSources.enumerator(state);
    if (files != null) FileSources.waiting(files, open);
    Iterator subtasks = state.getStates().iterator();
    while (subtasks.hasNext()) {
      OperatorSubtaskState subtask = (OperatorSubtaskState) subtasks.next();
      channels += size(subtask.getInputChannelState()) + size(subtask.getResultSubpartitionState());
      Iterator handles = subtask.getManagedOperatorState().iterator();
      while (handles.hasNext()) {
        OperatorStateHandle handle = (OperatorStateHandle) handles.next();
        Iterator named = handle.getStateNameToPartitionOffsets().entrySet().iterator();
        while (named.hasNext()) {
          Map.Entry entry = (Map.Entry) named.next();
          long[] at = ((OperatorStateHandle.StateMetaInfo) entry.getValue()).getOffsets();
          if (entry.getKey().equals("_async_wait_operator_state_")) async += at.length;
          else if (entry.getKey().equals("SourceReaderState") && files != null) FileSources.reading(handle, at, open);
          else if (entry.getKey().equals("SourceReaderState")) splits(handle, at, offsets);
          else if (entry.getKey().equals("bucket-states")) parts(handle, at, parts);
          else if (entry.getKey().equals("streaming_committer_raw_states")) parts(handle, at, parts);
          else if (entry.getKey().equals("writer_raw_states")) {
            buffered += buffered(handle, at);
            // Those that are about to be final are the committer's by now.
            parts(handle, at, kept);
          }
        }
      }
    }
    operators.append("{\"id\":").append(Text.quote(state.getOperatorID().toString()))
        .append(",\"finished\":").append(state.isFullyFinished())
        .append(",\"offsets\":[").append(offsets).append("],\"async\":").append(async)
        .append(",\"buffered\":").append(buffered).append(",\"channels\":").append(channels)
        .append(",\"found\":").append(files == null ? "[]" : FileSources.found(files))
        .append(",\"open\":").append(FileSources.paths(open)).append("}");
  }

  /** Notes the files that a sink has not finished: the ends of their temporary names. */
  static void parts(OperatorStateHandle handle, long[] at, Set into) throws Exception {
    FSDataInputStream stream = handle.openInputStream();
    try {
      for (int i = 0; i < at.length; i++) {
        Matcher found = PART.matcher(new String(element(stream, at[i], Integer.MAX_VALUE), "ISO-8859-1"));
        while (found.find()) into.add(found.group(1));
      }
    } finally {
      stream.close();
    }
  }

  /** Bytes of in-flight records; a handle without bytes holds none. */
  static long size(Collection handles) {
    long bytes = 0;
    Iterator it = handles.iterator();
    while (it.hasNext()) bytes += Math.max(1L, ((StateObject) it.next()).getStateSize());
    return bytes;
  }

  static byte[] element(FSDataInputStream stream, long at, int most) throws Exception {
    stream.seek(at);
    DataInputStream in = new DataInputStream(stream);
    byte[] bytes = new byte[Math.min(in.readInt(), most)];
    in.readFully(bytes);
    return bytes;
  }

  static long buffered(OperatorStateHandle handle, long[] at) throws Exception {
    long count = 0;
    FSDataInputStream stream = handle.openInputStream();
    try {
      for (int i = 0; i < at.length; i++) {
        byte[] bytes = element(stream, at[i], 20);
        if (bytes.length < 20) continue;
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        in.readInt();
        in.readInt();
        if (in.readLong() == -1L) count += in.readInt();
      }
    } finally {
      stream.close();
    }
    return count;
  }

  /** KafkaPartitionSplitSerializer version 0: topic, partition, starting offset (-2: earliest, not begun), stopping offset. */
  static void splits(OperatorStateHandle handle, long[] at, StringBuilder offsets) throws Exception {
    FSDataInputStream stream = handle.openInputStream();
    try {
      for (int i = 0; i < at.length; i++) {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(element(stream, at[i], Integer.MAX_VALUE)));
        in.readInt();
        in.readInt();
        if (offsets.length() > 0) offsets.append(",");
        offsets.append("[").append(Text.quote(in.readUTF())).append(",").append(in.readInt()).append(",")
            .append(in.readLong()).append("]");
      }
    } finally {
      stream.close();
    }
  }
}
