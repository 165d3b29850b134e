import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.taskmanager.Task;

/**
 * What the tasks of jobs print: every `println` of a task's thread is noted for its job, as one record even
 * if it has several lines, and goes on to where it went before. Who printed it is asked of the thread.
 */
class Printed extends PrintStream {
  /** Job id -> the file that its lines go to. */
  static final Map FILES = new ConcurrentHashMap();

  final PrintStream original;
  final String stream;

  Printed(PrintStream original, String stream) {
    super(original, true);
    this.original = original;
    this.stream = stream;
  }

  /** Stands in for the standard streams of this JVM from now on. */
  static synchronized void install() {
    if (!(System.out instanceof Printed)) System.setOut(new Printed(System.out, "stdout"));
    if (!(System.err instanceof Printed)) System.setErr(new Printed(System.err, "stderr"));
  }

  void note(String text) {
    Thread thread = Thread.currentThread();
    try {
      Object runs = Live.field(thread, "target");
      if (runs == null && Live.field(thread, "holder") != null) {
        // Where Java 21 has it.
        runs = Live.field(Live.field(thread, "holder"), "task");
      }
      if (runs instanceof Task) {
        note(((Task) runs).getJobID(), ((Task) runs).getTaskInfo(), text);
      } else if (thread.getClass().getSimpleName().equals("LegacySourceFunctionThread")) {
        Environment task = (Environment) Live.call(Live.field(thread, "this$0"), "getEnvironment");
        note(task.getJobID(), task.getTaskInfo(), text);
      }
    } catch (Exception failure) {
      throw new IllegalStateException("what a task prints cannot be noted", failure);
    }
  }

  void note(JobID job, TaskInfo task, String text) throws IOException {
    Object file = FILES.get(job.toString());
    if (file == null) return;
    String line = "[\"" + stream + "\"," + task.getIndexOfThisSubtask() + "," + task.getNumberOfParallelSubtasks()
        + "," + Text.quote(text) + "]\n";
    synchronized (Printed.class) {
      FileOutputStream out = new FileOutputStream((String) file, true);
      try {
        out.write(line.getBytes("UTF-8"));
      } finally {
        out.close();
      }
    }
  }

  public void println(String text) {
    note(String.valueOf(text));
    original.println(text);
  }

  public void println(Object value) {
    println(String.valueOf(value));
  }

  public void println(boolean value) {
    println(String.valueOf(value));
  }

  public void println(char value) {
    println(String.valueOf(value));
  }

  public void println(int value) {
    println(String.valueOf(value));
  }

  public void println(long value) {
    println(String.valueOf(value));
  }

  public void println(float value) {
    println(String.valueOf(value));
  }

  public void println(double value) {
    println(String.valueOf(value));
  }
}
