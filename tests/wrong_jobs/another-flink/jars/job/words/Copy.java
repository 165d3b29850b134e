package words;

import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/** Built against Flink 1.13, which had two planners to choose from. */
public class Copy {
  public static void main(String[] args) {
    TableEnvironment tables =
        TableEnvironment.create(EnvironmentSettings.newInstance().useBlinkPlanner().inStreamingMode().build());
    tables.executeSql("INSERT INTO copies SELECT id, UPPER(word) FROM words");
  }
}
