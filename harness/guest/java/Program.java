import java.io.File;
import java.util.List;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** A jar's main class on a thread of its own, as Flink's command line would run it. */
class Program implements Runnable {
  static final int MOST = 2500;

  final Submissions submissions;
  final String jar;
  final String mainClass;
  final String[] args;
  final List classPath;
  final Configuration conf;

  Program(Submissions submissions, String jar, String mainClass, String args, String classPath, String conf)
      throws Exception {
    this.submissions = submissions;
    this.jar = jar;
    this.mainClass = mainClass.isEmpty() ? null : mainClass;
    List words = (List) new ObjectMapper().readValue(args, List.class);
    this.args = new String[words.size()];
    for (int i = 0; i < words.size(); i++) this.args[i] = (String) words.get(i);
    this.classPath = ClientContext.urls(classPath);
    this.conf = ClientContext.configuration(conf);
  }

  public void run() {
    int status = 0;
    try {
      PackagedProgram program =
          PackagedProgram.newBuilder()
              .setJarFile(new File(jar))
              .setEntryPointClassName(mainClass)
              .setUserClassPaths(classPath)
              .setConfiguration(conf)
              .setArguments(args)
              .build();
      try {
        ClientUtils.executeProgram(submissions, conf, program, false, false);
      } finally {
        program.close();
      }
    } catch (Throwable failure) {
      status = 1;
      tellError(failure);
    }
    try {
      submissions.tellLine("{\"event\":\"exit\",\"status\":" + status + "}");
    } catch (Exception nobodyListens) {
      return;
    }
  }

  void tellError(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) root = root.getCause();
    StringBuilder frames = new StringBuilder();
    StackTraceElement[] trace = root.getStackTrace();
    for (int i = 0, shown = 0; i < trace.length && shown < 3; i++) {
      String name = trace[i].getClassName();
      if (name.startsWith("org.apache.") || name.startsWith("java.") || name.startsWith("jdk.")
          || name.startsWith("sun.") || name.startsWith("scala.") || trace[i].getFileName() == null
          || name.equals("Program")) continue;
      if (shown++ > 0) frames.insert(0, ",");
      frames.insert(0, "{\"file\":" + Text.quote(trace[i].getFileName()) + ",\"line\":" + trace[i].getLineNumber()
          + ",\"function\":" + Text.quote(name + "." + trace[i].getMethodName()) + ",\"source\":\"\"}");
    }
    String text = root.toString();
    if (text.length() > MOST) text = text.substring(0, MOST) + " ...";
    try {
      submissions.tellLine("{\"event\":\"error\",\"type\":" + Text.quote(root.getClass().getSimpleName())
          + ",\"message\":" + Text.quote(text) + ",\"frames\":[" + frames + "]}");
    } catch (Exception nobodyListens) {
      return;
    }
  }
}
